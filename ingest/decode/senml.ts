import { metrics } from '../../broker/contract/metrics.ts';
import type { Rejection } from '../../broker/contract/rejection.ts';
import type { DecodedDevice, DecodedReading, Decoder } from './decoder.ts';
import { isObject, shown } from './decoder.ts';

/**
 * SenML JSON (RFC 8428). Base fields (`bn bt bu bv`) hold from their record on; name = bn + n,
 * time = bt + t, value = bv + v, unit = u or bu (section 4.1, 4.2, 4.6). Times below 2^28 s count from
 * now (section 4.5.3).
 */
export const senml: Decoder = {
  dialect: 'senml',
  recognizes: ({ json }) => Array.isArray(json) && json.some(isSenmlRecord),
  decode: ({ json, receivedAt }) => decodePack(Array.isArray(json) ? json : [json], receivedAt),
};

const relativeBelowS = 2 ** 28;

/** A base name stands for every record: a long one would be copied and searched as often. */
const nameCharsMax = 512;

interface Base {
  name: string;
  timeS: number;
  unit: string | undefined;
  value: number;
}

function isSenmlRecord(item: unknown): boolean {
  return isObject(item) && ('bn' in item || 'n' in item || 'v' in item || 'bt' in item);
}

function decodePack(pack: readonly unknown[], receivedAt: number): DecodedDevice[] {
  const devices = new Map<string, DecodedDevice>();
  const base: Base = { name: '', timeS: 0, unit: undefined, value: 0 };
  pack.forEach((record, index) => {
    const fault = isObject(record) ? updateBase(base, record) : 'must be an object';
    if (fault !== undefined || !isObject(record)) {
      reject(devices, '', {
        reason: 'malformed-payload',
        field: `[${index}]`,
        detail: `SenML record ${fault}, got ${shown(record)}`,
      });
      return;
    }
    if (!hasValue(record)) return;
    addRecord(devices, base, record, receivedAt);
  });
  return [...devices.values()];
}

function updateBase(base: Base, record: Record<string, unknown>): string | undefined {
  const { bn, bt, bu, bv } = record;
  if (bn !== undefined && typeof bn !== 'string') return 'bn must be a string';
  if (bt !== undefined && typeof bt !== 'number') return 'bt must be a number of seconds';
  if (bu !== undefined && typeof bu !== 'string') return 'bu must be a string';
  if (bv !== undefined && typeof bv !== 'number') return 'bv must be a number';
  if (record.t !== undefined && typeof record.t !== 'number')
    return 't must be a number of seconds';
  if (record.n !== undefined && typeof record.n !== 'string') return 'n must be a string';
  const nameChars = Math.max(bn?.length ?? 0, record.n?.length ?? 0);
  if (nameChars > nameCharsMax) return `bn and n must have ${nameCharsMax} characters at the most`;
  if (bn !== undefined) base.name = bn;
  if (bt !== undefined) base.timeS = bt;
  if (bu !== undefined) base.unit = bu;
  if (bv !== undefined) base.value = bv;
  return undefined;
}

function hasValue(record: Record<string, unknown>): boolean {
  return ['v', 'vb', 'vs', 'vd', 's'].some((key) => record[key] !== undefined);
}

function addRecord(
  devices: Map<string, DecodedDevice>,
  base: Base,
  record: Record<string, unknown>,
  receivedAt: number,
): void {
  const { device, metric } = splitName(base.name, typeof record.n === 'string' ? record.n : '');
  const unit = typeof record.u === 'string' ? record.u : base.unit;
  const named = nameMetric(metric, unit);
  if ('reason' in named) {
    reject(devices, device, named);
    return;
  }
  const reading: DecodedReading = {
    metric: named.metric,
    value: valueSent(record, base.value),
    at: instantOf(base.timeS + (typeof record.t === 'number' ? record.t : 0), receivedAt),
  };
  if (named.convert) reading.convert = named.convert;
  decodedOf(devices, device).readings.push(reading);
}

function valueSent(record: Record<string, unknown>, baseValue: number): unknown {
  if (typeof record.v === 'number') return baseValue + record.v;
  return record.v ?? record.vb ?? record.vs ?? record.vd ?? record.s;
}

function instantOf(timeS: number, receivedAt: number): number {
  return timeS < relativeBelowS ? Math.round(receivedAt + timeS * 1000) : timeS;
}

/** `urn:dev:mac:…/temperature` is device and metric; without a separator all of `n` is the metric. */
function splitName(baseName: string, name: string): { device: string; metric: string } {
  const full = baseName + name;
  if (name !== '' && !/[/:]/.test(name)) return { device: trimmed(baseName), metric: name };
  const cut = Math.max(full.lastIndexOf('/'), full.lastIndexOf(':'));
  const last = full.slice(cut + 1);
  return metrics.has(last)
    ? { device: trimmed(full.slice(0, cut + 1)), metric: last }
    : { device: trimmed(full), metric: '' };
}

function trimmed(device: string): string {
  return device.replace(/[/:]+$/, '');
}

interface Named {
  metric: string;
  convert?: (value: number) => number;
}

/** Units of the SenML registry (RFC 8428 section 12.1, RFC 8798) that the catalogue's units differ from. */
const unitRules: Readonly<Record<string, Record<string, ((value: number) => number) | null>>> = {
  Cel: { temperature: null },
  K: { temperature: (kelvin) => kelvin - 273.15 },
  '%RH': { relative_humidity: null },
  Pa: { pressure: (pascal) => pascal / 100, pressure_sea_level: (pascal) => pascal / 100 },
  hPa: { pressure: null, pressure_sea_level: null },
  ppm: { co2: null },
  dBspl: { noise: null, noise_min: null, noise_max: null },
  dB: { noise: null, noise_min: null, noise_max: null, snr: null },
  lx: { illuminance: null },
  W: { power: null },
  J: { energy: (joule) => joule / 3.6e6 },
  Wh: { energy: (wattHours) => wattHours / 1000 },
  kWh: { energy: null },
  V: { voltage: null, battery_voltage: null },
  A: { current: null },
  '%EL': { battery_level: null },
  m: { distance: (metres) => metres * 1000 },
  mm: { distance: null },
  dBm: { rssi: null },
  dBW: { rssi: (decibelWatt) => decibelWatt + 30 },
};

/** Units that say no more than the name does. */
const neutralUnits: ReadonlySet<string> = new Set([
  '%',
  '/',
  'count',
  'h',
  'ug/m3',
  'µg/m³',
  'mg/m3',
]);

/** The metric of a record: by its name, checked against its unit; by its unit where no name helps. */
function nameMetric(name: string, unit: string | undefined): Named | Rejection {
  const rules = unit === undefined ? undefined : unitRules[unit];
  const metric = metrics.has(name) ? name : rules && Object.keys(rules)[0];
  if (metric === undefined) {
    return {
      reason: 'unknown-metric',
      field: name.slice(0, 128),
      detail: `no metric ${shown(name)} and unit ${shown(unit ?? '')} tells none`,
    };
  }
  if (unit === undefined || neutralUnits.has(unit) || unit === metrics.get(metric)?.unit)
    return { metric };
  const convert = rules?.[metric];
  if (convert === undefined) {
    return {
      reason: 'unknown-unit',
      field: metric,
      detail: `${shown(unit)} is no unit of ${metric}`,
    };
  }
  return convert === null ? { metric } : { metric, convert };
}

function decodedOf(devices: Map<string, DecodedDevice>, device: string): DecodedDevice {
  let decoded = devices.get(device);
  if (!decoded) {
    decoded = { device: device === '' ? undefined : device, readings: [], rejections: [] };
    devices.set(device, decoded);
  }
  return decoded;
}

function reject(devices: Map<string, DecodedDevice>, device: string, rejection: Rejection): void {
  decodedOf(devices, device).rejections.push(rejection);
}
