import type { Device } from '../../broker/contract/device.ts';
import type { Severity } from '../../broker/contract/finding.ts';
import type { LampState } from '../../broker/contract/lighting.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import type { ContainerState } from '../../broker/contract/waste.ts';
import { lampMetrics } from './light/lamp-facts.ts';
import { judgeLamp } from './light/lamp-state.ts';
import { containerFacts } from './waste/container-facts.ts';
import { judgeContainer } from './waste/container-state.ts';
import { containerParameters } from './waste/rule-set.ts';

/** Dark where there should be light is urgent, light where there need be none is not; what is calm is grey. */
export const lampSeverity: Readonly<Record<LampState, Severity>> = {
  'supply-loss': 3,
  failed: 2,
  'day-burner': 1,
  'unexpected-on': 1,
  'dark-at-night': 2,
  cycling: 1,
  'power-high': 1,
  'power-low': 1,
  'power-factor-low': 1,
  'voltage-high': 1,
  'voltage-low': 1,
  unknown: 0,
  on: 0,
  off: 0,
};

export const containerSeverity: Readonly<Record<ContainerState, Severity>> = {
  fire: 3,
  dropped: 3,
  overflow: 3,
  urgent: 2,
  due: 1,
  late: 1,
  'no-data': 0,
  ok: 0,
};

/** Why a device is abnormal; the messages have a word for each. */
export type Reason =
  | { of: 'lamp'; state: LampState }
  | { of: 'container'; state: ContainerState }
  | { of: 'value'; state: 'elevated' };

/** The worst thing that is known of a device. */
export interface Finding {
  severity: Exclude<Severity, 0>;
  reason: Reason;
  metric: MetricName;
  value: number;
  /** The bound that was reached or passed, in the metric's unit; undefined where a word says it all. */
  limit: number | undefined;
}

/** A value as the stream has it. */
export interface Newest {
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  flag: number;
}

export type ReadNewest = (metric: MetricName) => Readonly<Newest> | undefined;
/** What has to be known of a device to judge its values. */
type Described = Pick<Device, 'kind' | 'lamp' | 'container'> & { expectedIntervalMs: number };

/**
 * The worst finding among a device's newest values; undefined when all is normal. Lamps and containers by the rules
 * of their domain, as far as newest values can say it: what needs a past or the sun, their screens say. It is judged
 * at the newest value, not at now: what is abnormal does not become normal by falling silent.
 */
export function assess(device: Described, read: ReadNewest): Readonly<Finding> | undefined {
  if (device.kind === 'light') return assessLamp(device, read);
  if (device.kind === 'waste') return assessContainer(device, read);
  return assessValues(read);
}

function assessLamp(device: Described, read: ReadNewest): Finding | undefined {
  const at = newestAt(lampMetrics, read);
  if (at === undefined) return undefined;
  const { state } = judgeLamp(
    { get: read },
    { at, intervalMs: device.expectedIntervalMs, lamp: device.lamp, sunDeg: null },
  );
  const severity = lampSeverity[state];
  if (severity === 0) return undefined;
  const wanted: readonly MetricName[] = [...(shownOf[state] ?? []), ...lampMetrics];
  const metric = wanted.find((name) => read(name)) ?? 'power';
  return {
    severity,
    reason: { of: 'lamp', state },
    metric,
    value: read(metric)?.value ?? Number.NaN,
    limit: undefined,
  };
}

/** What is looked at first when a lamp stands so. */
const shownOf: Readonly<Partial<Record<LampState, readonly MetricName[]>>> = {
  'supply-loss': ['voltage'],
  'voltage-high': ['voltage'],
  'voltage-low': ['voltage'],
  'power-factor-low': ['power_factor'],
  failed: ['lamp_fault', 'power'],
  'unexpected-on': ['power'],
  'power-high': ['power'],
  'power-low': ['power'],
};

const containerMetrics = ['fill_level', 'distance', 'temperature', 'tilt'] as const;

function assessContainer(device: Described, read: ReadNewest): Finding | undefined {
  const at = newestAt(containerMetrics, read);
  if (at === undefined) return undefined;
  const { container } = device;
  const context = { at, intervalMs: device.expectedIntervalMs, container };
  const { state } = judgeContainer({ get: read }, context);
  const severity = containerSeverity[state];
  if (severity === 0) return undefined;
  const reason = { of: 'container', state } as const;
  if (state === 'fire' || state === 'dropped') {
    const metric = state === 'fire' ? 'temperature' : 'tilt';
    return { severity, reason, metric, value: read(metric)?.value ?? 1, limit: undefined };
  }
  const { collectAtPercent } = containerParameters(container);
  const value = containerFacts({ get: read }, context).fill?.percent ?? Number.NaN;
  return { severity, reason, metric: 'fill_level', value, limit: collectAtPercent };
}

function newestAt(metrics: readonly MetricName[], read: ReadNewest): number | undefined {
  const times = metrics.flatMap((metric) => read(metric)?.at ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * The EU's daily means (2008/50/EC: PM10 50 µg/m³, PM2.5 25 µg/m³): a single value above them is "elevated", not an
 * exceedance.
 */
export const elevatedAbove: readonly (readonly [MetricName, number])[] = [
  ['pm2_5', 25],
  ['pm10', 50],
];

function assessValues(read: ReadNewest): Finding | undefined {
  for (const [metric, limit] of elevatedAbove) {
    const newest = read(metric);
    // What cannot be true is no reason for an alarm.
    if (!newest || newest.flag === qualityFlags.bad || !(newest.value > limit)) continue;
    const reason = { of: 'value', state: 'elevated' } as const;
    return { severity: 1, reason, metric, value: newest.value, limit };
  }
  return undefined;
}
