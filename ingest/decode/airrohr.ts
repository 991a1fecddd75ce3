import type { DecodedDevice, DecodedReading, DecodeInput, Decoder } from './decoder.ts';
import { isObject, shown } from './decoder.ts';

/**
 * sensor.community's airRohr over HTTP push, in both forms of its stock firmware: the custom API (all
 * sensors in one message, `SDS_P1`, id in the body) and the per-sensor push (bare `P1`, the sensor told
 * by `X-PIN`, id in `X-Sensor`). Values are strings, pressure is in Pa, there is no time: arrival counts.
 */
export const airrohr: Decoder = {
  dialect: 'airrohr',
  recognizes: ({ json }) => isObject(json) && Array.isArray(json.sensordatavalues),
  decode: (input) => [decodeAirrohr(input)],
};

interface Rule {
  metric: string;
  /** Where several sensors of a node measure one quantity, the lowest rank is taken. */
  rank: number;
  convert?: (value: number) => number;
}

const pascal = (value: number): number => value / 100;

/** Particle sensors: P0 = PM1, P2 = PM2.5, P4 = PM4, P1 = PM10. */
const particles: Readonly<Record<string, string>> = {
  P0: 'pm1',
  P2: 'pm2_5',
  P4: 'pm4',
  P1: 'pm10',
};
const particleSensors = ['SPS30', 'NPM', 'IPS', 'SDS', 'PMS', 'HPM', ''];
/** Climate sensors, the most trustworthy first; '' is the DHT22, and every sensor of the per-sensor push. */
const climateSensors = ['SHT3X', 'SCD30', 'BME280', 'HTU21D', 'BMP280', 'BMP', '', 'DS18B20'];
const climate: Readonly<Record<string, Omit<Rule, 'rank'>>> = {
  temperature: { metric: 'temperature' },
  humidity: { metric: 'relative_humidity' },
  pressure: { metric: 'pressure', convert: pascal },
};

const rules: ReadonlyMap<string, Rule> = new Map([
  ...particleSensors.flatMap((sensor, rank) =>
    Object.entries(particles).map(
      ([name, metric]) => [joined(sensor, name), { metric, rank }] as const,
    ),
  ),
  ...climateSensors.flatMap((sensor, rank) =>
    Object.entries(climate).map(
      ([name, rule]) => [joined(sensor, name), { ...rule, rank }] as const,
    ),
  ),
  ['SCD30_co2_ppm', { metric: 'co2', rank: 0 }],
  ...['DNMS_noise', 'noise'].flatMap((prefix): [string, Rule][] => [
    [`${prefix}_LAeq`, { metric: 'noise', rank: 0 }],
    [`${prefix}_LA_min`, { metric: 'noise_min', rank: 0 }],
    [`${prefix}_LA_max`, { metric: 'noise_max', rank: 0 }],
  ]),
  ['signal', { metric: 'rssi', rank: 0 }],
]);

/** Known and of no use here: loop statistics, particle counts, positions, heated inlets. */
const ignored =
  /^(samples|min_micro|max_micro|interval|GPS_.*|HECA_.*|(dur|ratio)P[12]|.*_?N\d+|IPS_P(01|03|05|5)|SPS30_TS)$/;

/** Pin 5 is the PPD42NS, whose P1 and P2 are low-pulse counts, not µg/m³. */
const ppd42Pin = '5';

function joined(sensor: string, name: string): string {
  return sensor === '' ? name : `${sensor}_${name}`;
}

function decodeAirrohr(input: DecodeInput): DecodedDevice {
  const decoded: DecodedDevice = { device: chipId(input), readings: [], rejections: [] };
  const values = isObject(input.json) ? input.json.sensordatavalues : undefined;
  if (!Array.isArray(values)) {
    decoded.rejections.push({
      reason: 'unknown-format',
      field: 'sensordatavalues',
      detail: `must be an array of {value_type, value}, got ${shown(values)}`,
    });
    return decoded;
  }
  if (input.headers['x-pin'] === ppd42Pin) return decoded;
  const best = new Map<string, { rank: number; reading: DecodedReading }>();
  values.forEach((item, index) => {
    const type = isObject(item) ? item.value_type : undefined;
    if (!isObject(item) || typeof type !== 'string') {
      decoded.rejections.push({
        reason: 'malformed-payload',
        field: `sensordatavalues[${index}]`,
        detail: `must be {value_type, value}, got ${shown(item)}`,
      });
      return;
    }
    const rule = rules.get(type);
    if (rule) {
      const known = best.get(rule.metric);
      if (!known || rule.rank < known.rank)
        best.set(rule.metric, { rank: rule.rank, reading: toReading(rule, item.value) });
    } else if (!ignored.test(type)) {
      decoded.rejections.push({
        reason: 'unknown-metric',
        field: type.slice(0, 128),
        detail: `airRohr value_type ${shown(type)} is not known`,
      });
    }
  });
  decoded.readings = [...best.values()].map(({ reading }) => reading);
  return decoded;
}

function toReading(rule: Rule, value: unknown): DecodedReading {
  // Firmware of 2016 sent the signal with its unit ("-68 dBm").
  const bare =
    typeof value === 'string' && value.endsWith('dBm') ? value.slice(0, -3).trimEnd() : value;
  const reading: DecodedReading = { metric: rule.metric, value: bare, at: undefined };
  if (rule.convert) reading.convert = rule.convert;
  return reading;
}

/** The chip id, the same on both ways in: body `esp8266id` (ESP32 boards too), else `X-Sensor: esp8266-<id>`. */
function chipId({ json, headers }: DecodeInput): string | undefined {
  const inBody = isObject(json) ? json.esp8266id : undefined;
  if (typeof inBody === 'string' || typeof inBody === 'number') return String(inBody);
  const inHeader = headers['x-sensor'] ?? headers.sensor ?? headers.node;
  return inHeader?.replace(/^(esp8266|esp32)-/, '');
}
