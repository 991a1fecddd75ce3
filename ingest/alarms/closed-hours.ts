import { setImmediate } from 'node:timers/promises';
import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { windowStart } from '../../broker/contract/windows.ts';
import { hourMs, isValidHour } from '../domain/air/year-hours.ts';
import {
  type HourMeans,
  type HourVerdict,
  hourMetricsOf,
  hoursBackMax,
  hourVerdicts,
  isAboutHours,
} from '../domain/alarms/hour-verdicts.ts';
import { readRollupsOfMany } from '../store/read-of-many.ts';
import type { Store } from '../store/store.ts';
import { alarmLimits } from './limits.ts';

/** Hourly means are final enough after their tier has settled and their samples were judged. */
const settledAfterMs = 10 * 60_000;
/** After a store that did not answer. */
const retryMs = 60_000;

export interface ClosedHoursDeps {
  store: Pick<Store, 'rollups' | 'rollupsOfMany'>;
  rules(): readonly KeptAlarmRule[];
  /** The devices that a rule is about, with the metrics that were heard of them. */
  devicesOf(rule: KeptAlarmRule): { device: Device; metrics: MetricName[] }[];
  onVerdict(rule: KeptAlarmRule, device: DeviceKey, found: HourVerdict & { at: number }): void;
  onError(error: unknown): void;
}

/** Judges rules about hourly and daily means once an hour, when the hour has closed. One run at a time. */
export class ClosedHours {
  readonly #deps: ClosedHoursDeps;
  #judgedTo = 0;
  #nextAt = 0;
  #running: Promise<void> | undefined;

  constructor(deps: ClosedHoursDeps) {
    this.#deps = deps;
  }

  tick(now: number): void {
    const endAt = windowStart('1h', now - settledAfterMs);
    if (this.#running || endAt <= this.#judgedTo || now < this.#nextAt) return;
    this.#running = this.#judge(endAt)
      .then(
        () => {
          this.#judgedTo = endAt;
        },
        (error: unknown) => {
          this.#nextAt = now + retryMs;
          this.#deps.onError(error);
        },
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when no run is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #judge(endAt: number): Promise<void> {
    const { rules, devicesOf, store, onVerdict } = this.#deps;
    for (const rule of rules()) {
      if (!rule.enabled || !isAboutHours(rule)) continue;
      const asked = devicesOf(rule).flatMap(({ device, metrics }) => {
        const wanted = hourMetricsOf(rule, device).filter((metric) => metrics.includes(metric));
        return wanted.length > 0 ? [{ device, wanted }] : [];
      });
      for (const group of chunksOf(asked)) {
        const span = { from: endAt - hoursBackMax * hourMs, to: endAt };
        const means = await readHourMeans(store, group, span);
        for (const { device } of group) {
          const key = deviceKey(device.provider, device.id);
          for (const found of hourVerdicts(rule, device, endAt, means(key)))
            onVerdict(rule, key, { ...found, at: endAt });
        }
        await setImmediate();
      }
    }
  }
}

type Asked = { device: Device; wanted: MetricName[] };

/** As many devices as one read may ask for. */
function* chunksOf(asked: readonly Asked[]): Generator<Asked[]> {
  let chunk: Asked[] = [];
  let series = 0;
  for (const one of asked) {
    if (series + one.wanted.length > alarmLimits.hourSeriesPerRead && chunk.length > 0) {
      yield chunk;
      [chunk, series] = [[], 0];
    }
    chunk.push(one);
    series += one.wanted.length;
  }
  if (chunk.length > 0) yield chunk;
}

/** The valid hourly means of devices. @throws StoreUnavailable */
export async function readHourMeans(
  store: ClosedHoursDeps['store'],
  asked: readonly Asked[],
  span: { from: number; to: number },
): Promise<(device: DeviceKey) => HourMeans> {
  const series = asked.flatMap(({ device, wanted }) => {
    const key = deviceKey(device.provider, device.id);
    return wanted.map((metric) => ({ device: key, metric }));
  });
  const rowsMax = series.length * Math.ceil((span.to - span.from) / hourMs + 1);
  const columns = await readRollupsOfMany(store, '1h', { series, ...span, rowsMax });
  const means = new Map<string, Map<number, number>>();
  for (const [index, { device, metric }] of series.entries())
    means.set(`${device} ${metric}`, validMeans(columns[index]));
  return (device) => (metric, startAt) => means.get(`${device} ${metric}`)?.get(startAt) ?? null;
}

function validMeans(columns: TierColumns | undefined): Map<number, number> {
  const valid = new Map<number, number>();
  for (const [index, at] of (columns?.at ?? []).entries()) {
    const mean = columns?.mean[index];
    if (isValidHour(mean, columns?.coverage[index] ?? 0)) valid.set(at, mean);
  }
  return valid;
}
