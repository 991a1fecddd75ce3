import type { DeviceKey } from '../../broker/contract/ids.ts';
import { deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import {
  flagOf,
  type QualityFlag,
  qualityFlags,
  reasonBits,
} from '../../broker/contract/quality.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { RawColumns } from '../../broker/contract/series.ts';
import { noVerdict } from '../domain/quality/arrival.ts';
import type { Changed } from '../domain/quality/closed-hours.ts';
import {
  hourValue,
  judgeNeighbours,
  type Neighbourhood,
  neighbourhoodOf,
  type Placed,
} from '../domain/quality/neighbours.ts';
import type { Thresholds } from '../domain/quality/rule-set.ts';

/** A series that is being judged. */
export interface JudgedSeries {
  device: DeviceKey;
  metric: MetricName;
  thresholds: Thresholds;
  intervalMs: number;
}

/** An hour of a series whose samples do not say yet what the comparison says. */
export interface Outdated {
  series: JudgedSeries;
  from: number;
  to: number;
  verdict: number;
}

/** What is known of one hour of one series: a few numbers, so that all of them fit into memory. */
interface Hour {
  value: number | undefined;
  samples: number;
  /** Samples that say already that they differ from their neighbours. */
  marked: number;
  /** Samples that no test has judged. */
  unjudged: number;
}

const hourMs = 3_600_000;

/**
 * Compares hourly values of neighbouring devices once all series of a run have been read. Only hours whose
 * samples need another verdict are read again.
 */
export class HourComparison {
  readonly #from: number;
  readonly #count: number;
  readonly #series = new Map<MetricName, Map<DeviceKey, { series: JudgedSeries; hours: Hour[] }>>();

  constructor({ from, to }: { from: number; to: number }) {
    this.#from = from;
    this.#count = Math.round((to - from) / hourMs);
  }

  /** Notes the hours of a series, by the flags that it has now. */
  add(series: JudgedSeries, columns: RawColumns): void {
    if (series.thresholds.neighbourFloor === undefined) return;
    const hours = Array.from({ length: this.#count }, (_, index) =>
      describeHour(columns, this.#from + index * hourMs, series.intervalMs),
    );
    let devices = this.#series.get(series.metric);
    if (!devices) {
      devices = new Map();
      this.#series.set(series.metric, devices);
    }
    devices.set(series.device, { series, hours });
  }

  /** The hours of one series after the other whose samples must change; mostly none. */
  *outdated(registry: Pick<Registry, 'device' | 'devices'>): Generator<Outdated[]> {
    const neighbourhood = neighbourhoodOf(placesOf(registry));
    for (const devices of this.#series.values()) {
      for (const { series, hours } of devices.values()) {
        const names = neighboursOf(series.device, registry, neighbourhood);
        const floor = series.thresholds.neighbourFloor ?? 0;
        yield hours.flatMap((hour, index) => {
          const others = names.flatMap((name) => devices.get(name)?.hours[index]?.value ?? []);
          const verdict =
            hour.value === undefined ? noVerdict : judgeNeighbours(hour.value, others, floor);
          const from = this.#from + index * hourMs;
          return says(hour, verdict) ? [] : [{ series, from, to: from + hourMs, verdict }];
        });
      }
    }
  }

  /** What a verdict changes of the samples of its hour. */
  changed(columns: RawColumns, verdict: number): Changed[] {
    const changed: Changed[] = [];
    columns.at.forEach((_, index) => {
      const flag = columns.flag[index] as QualityFlag;
      const before = columns.reasons[index] as number;
      const reasons = (before & ~reasonBits.neighbours) | Math.max(0, verdict);
      const isEvaluated = flag !== qualityFlags.notEvaluated || verdict !== noVerdict;
      const judged = flagOf(reasons, isEvaluated);
      if (reasons !== before || judged !== flag) changed.push({ index, flag: judged, reasons });
    });
    return changed;
  }
}

function describeHour(columns: RawColumns, start: number, intervalMs: number): Hour {
  const hour: Hour = {
    value: hourValue(columns, start, intervalMs),
    samples: 0,
    marked: 0,
    unjudged: 0,
  };
  columns.at.forEach((at, index) => {
    if (at < start || at >= start + hourMs) return;
    hour.samples++;
    if (((columns.reasons[index] as number) & reasonBits.neighbours) !== 0) hour.marked++;
    if (columns.flag[index] === qualityFlags.notEvaluated) hour.unjudged++;
  });
  return hour;
}

function says({ samples, marked, unjudged }: Hour, verdict: number): boolean {
  if (verdict === noVerdict) return marked === 0;
  return (verdict === 0 ? marked === 0 : marked === samples) && unjudged === 0;
}

function* placesOf(registry: Pick<Registry, 'devices'>): Generator<Placed> {
  for (const { provider, id, location } of registry.devices())
    if (location) yield { name: deviceKey(provider, id), location };
}

function neighboursOf(
  key: DeviceKey,
  registry: Pick<Registry, 'device'>,
  neighbourhood: Neighbourhood,
): DeviceKey[] {
  const location = registry.device(key)?.location;
  return location ? (neighbourhood({ name: key, location }) as DeviceKey[]) : [];
}
