import type { DeviceView } from '../../../broker/contract/api.ts';
import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { Severity } from '../../../broker/contract/finding.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { DeviceStatus } from '../../../broker/contract/standing.ts';
import { deviceStatus, type Standing, standingOf } from '../../../broker/contract/standing.ts';
import { assess, type Finding } from '../../../ingest/domain/finding.ts';
import type { LiveTable, Slot } from './live-table.ts';

/** One value as shown. `at`: event time, epoch ms UTC. */
export interface ShownValue {
  metric: string;
  at: number;
  value: number;
  /** QARTOD primary flag, as judged at arrival. */
  flag: number;
}

/** A device as the list, the map and the detail show it; replaced when anything of it changes. */
export interface Row {
  readonly key: DeviceKey;
  readonly device: DeviceView;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly status: DeviceStatus;
  readonly standing: Standing;
  readonly severity: Severity;
  readonly finding: Readonly<Finding> | undefined;
  /** Last sign of life, epoch ms of the server's clock. */
  readonly seenAt: number | undefined;
  readonly main: ShownValue | undefined;
}

/** Builds a row of what is known at `now` (server clock, epoch ms). */
export function toRow(device: DeviceView, table: LiveTable, now: number): Row {
  const { key, kind } = device;
  const seenAt = latest(device.lastSeenAt, table.seenAt(key));
  const reported = table.reportedBy(key) ?? reportedAsListed(device);
  const status = deviceStatus(device.expectedIntervalMs, { lastSeenAt: seenAt, reported }, now);
  const finding = assess(device, (metric) => table.valueOf(key, metric));
  // A flag says nothing as a number: its finding is already in words.
  const found = finding?.limit === undefined ? undefined : table.valueOf(key, finding.metric);
  const metric = found ? found.metric : mainMetric(device, table);
  return {
    key,
    device,
    kind,
    name: device.name ?? device.id,
    status,
    standing: standingOf(status, finding !== undefined),
    severity: finding?.severity ?? 0,
    finding,
    seenAt,
    main: shownValue(metric === undefined ? undefined : table.valueOf(key, metric)),
  };
}

/** A copy: the table's slots go on changing, also while the screen is paused. */
function shownValue(slot: Readonly<Slot> | undefined): ShownValue | undefined {
  return slot && { metric: slot.metric, at: slot.at, value: slot.value, flag: slot.flag };
}

/** What a device is there for, best first. */
const mainMetrics: Readonly<Record<DeviceKind, readonly MetricName[]>> = {
  air: ['pm2_5', 'pm10', 'no2', 'o3', 'co2'],
  light: ['power', 'dim_level', 'lamp_on'],
  waste: ['fill_level', 'distance'],
  noise: ['noise', 'noise_max'],
  weather: ['temperature', 'relative_humidity', 'pressure'],
  other: [],
};

/** The metric that stands for a device: the best that it has values of, else its first. */
export function mainMetric(device: DeviceView, table: LiveTable): string | undefined {
  const best = mainMetrics[device.kind].find((metric) => table.valueOf(device.key, metric));
  return best ?? table.valuesOf(device.key)[0]?.metric ?? device.metrics[0];
}

/** The metric whose course is shown: the one asked for, else what is abnormal, else the main one. */
export function chartedMetric(
  { key, device, finding }: Row,
  wanted: string | undefined,
  table: LiveTable,
): string | undefined {
  if (wanted && table.valueOf(key, wanted)) return wanted;
  return finding?.metric ?? mainMetric(device, table);
}

/** Metrics of a device in order of interest: its kind's main ones, then as they came. */
export function orderMetrics(kind: DeviceKind, metrics: Iterable<string>): string[] {
  const first: readonly string[] = [...findingMetrics, ...mainMetrics[kind]];
  const rank = (metric: string): number => {
    const index = first.indexOf(metric);
    return index < 0 ? first.length : index;
  };
  return [...new Set(metrics)].sort((a, b) => rank(a) - rank(b));
}

const findingMetrics: readonly MetricName[] = ['fill_level', 'lamp_on', 'lamp_fault'];

/** The list's own word counts until the stream has one: an "offline" there may be the device's own report. */
function reportedAsListed(device: DeviceView): { online: boolean; at: number } | undefined {
  return device.status === 'offline' ? { online: false, at: device.lastSeenAt ?? 0 } : undefined;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
