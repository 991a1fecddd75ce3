import { setImmediate, setTimeout } from 'node:timers/promises';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { tiers, tierWidthMs, windowStart } from '../../broker/contract/windows.ts';
import type { KeptFrom } from '../domain/retention.ts';
import { reachMs } from '../domain/roll-up.ts';
import { ingestLimits } from '../limits.ts';
import { type RebuildSpan, type Store, StoreUnavailable } from '../store/store.ts';

export interface Recomputation {
  /** Default: all. */
  devices?: readonly DeviceKey[];
  metrics?: readonly MetricName[];
  /** Half-open, epoch ms; widened to whole UTC days. */
  from: number;
  to: number;
}

/** `total` and `done`: windows of all tiers; `series`: how many they belong to. */
export interface RecomputeFigures {
  series: number;
  done: number;
  total: number;
}

export interface RecomputeDeps {
  store: Pick<Store, 'latest' | 'rebuild'>;
  /** Shares turns with the roll-ups, so that a window is not made twice at once. */
  inTurn: (work: () => Promise<void>) => Promise<void>;
  intervalMsOf: (device: DeviceKey) => number;
  kept: () => KeptFrom;
  clock: () => number;
  /** First pause after a store that failed; each further one is twice as long. */
  retryMs?: number;
}

/** The span cannot be recomputed; the message says why and what can be. */
export class RecomputeRefused extends Error {
  readonly code = 'recompute-refused';
}

const dayMs = tierWidthMs['1d'];
/** Windows that one series has in a day, in all tiers. */
const windowsADay = tiers.reduce((sum, tier) => sum + dayMs / tierWidthMs[tier], 0);
/** A slice is given up after so many tries, about half a minute. */
const triesMax = 6;
const retryFirstMs = 1_000;
/** Series times days of one slice: its finest tier keeps the bound. */
const sliceMax = Math.max(
  1,
  Math.floor((ingestLimits.rebuildWindowsMax * tierWidthMs['1m']) / dayMs),
);

/**
 * Makes every tier anew from raw: after an import, a correction of quality, or a change of rules. Done in slices with
 * turns for the sink and the roll-ups between; repeating it changes nothing. Raw that is forgotten
 * is never recomputed from.
 *
 * @throws RecomputeRefused, StoreUnavailable (what was done stays; the same call again is right)
 */
export async function recompute(
  wanted: Recomputation,
  deps: RecomputeDeps,
  { report, signal }: { report?: (figures: RecomputeFigures) => void; signal?: AbortSignal } = {},
): Promise<RecomputeFigures> {
  const spans = await spansOf(wanted, deps);
  const figures: RecomputeFigures = {
    series: spans.reduce((sum, { series }) => sum + series.length, 0),
    done: 0,
    total: spans.reduce((sum, span) => sum + windowsOf(span), 0),
  };
  report?.({ ...figures });
  for (const span of spans) {
    for (const slice of slicesOf(span)) {
      signal?.throwIfAborted();
      await rebuildSlice(slice, deps, signal);
      figures.done += windowsOf(slice);
      report?.({ ...figures });
      // What waits for the store comes in between.
      await setImmediate();
    }
  }
  return figures;
}

/** A long run must not fail of a moment in which the store is away, or too busy. */
async function rebuildSlice(
  slice: RebuildSpan,
  { store, inTurn, clock, retryMs = retryFirstMs }: RecomputeDeps,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const tier of tiers) {
    for (let tries = 1; ; tries++) {
      try {
        await inTurn(() => store.rebuild(tier, slice, clock()));
        break;
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || tries >= triesMax) throw error;
      }
      await setTimeout(retryMs * 2 ** (tries - 1), undefined, signal ? { signal } : {});
    }
  }
}

/**
 * The known series by the days that they need: a state reaches into the hours around the span, by how long it is
 * held, and so into their days.
 */
async function spansOf(wanted: Recomputation, deps: RecomputeDeps): Promise<RebuildSpan[]> {
  const { from, to } = wholeDays(wanted, deps.clock());
  const [devices, metrics] = [setOf(wanted.devices), setOf(wanted.metrics)];
  const byReach = new Map<number, RebuildSpan['series'][number][]>();
  for (const { device, metric } of await deps.store.latest()) {
    if ((devices && !devices.has(device)) || (metrics && !metrics.has(metric))) continue;
    const intervalMs = deps.intervalMsOf(device);
    const reach = reachMs('1h', { kind: metricOf(metric).kind, intervalMs });
    const reachDays = Math.ceil(reach / dayMs);
    const alike = byReach.get(reachDays);
    if (alike) alike.push({ device, metric, intervalMs });
    else byReach.set(reachDays, [{ device, metric, intervalMs }]);
  }
  const rawFrom = deps.kept()('raw');
  const today = windowStart('1d', deps.clock()) + dayMs;
  return [...byReach].map(([reachDays, series]) => {
    const reach = reachDays * dayMs;
    const earliest = rawFrom + reach;
    if (from < earliest) throw new RecomputeRefused(tooOld(earliest, reachDays));
    const span = { from: Math.max(from - reach, earliest), to: Math.min(to + reach, today) };
    return { ...span, series };
  });
}

function wholeDays({ from, to }: Recomputation, now: number): { from: number; to: number } {
  if (!(from < to)) throw new RecomputeRefused('from must be before to');
  if (from > now) throw new RecomputeRefused('the span has not begun yet');
  const end = windowStart('1d', Math.min(to, now + 1) - 1) + dayMs;
  return { from: windowStart('1d', from), to: end };
}

function tooOld(earliest: number, reachDays: number): string {
  const date = new Date(earliest).toISOString().slice(0, 10);
  const why = reachDays > 0 ? ', and states need what was held before' : '';
  return `raw values are there as a whole from ${date} on only${why}: begin there or later`;
}

function* slicesOf({ series, from, to }: RebuildSpan): Generator<RebuildSpan> {
  const daysAtOnce = Math.max(1, Math.floor(sliceMax / series.length));
  for (let start = from; start < to; start += daysAtOnce * dayMs) {
    const end = Math.min(to, start + daysAtOnce * dayMs);
    for (let index = 0; index < series.length; index += sliceMax) {
      yield { series: series.slice(index, index + sliceMax), from: start, to: end };
    }
  }
}

function windowsOf({ series, from, to }: RebuildSpan): number {
  return series.length * windowsADay * Math.round((to - from) / dayMs);
}

function setOf<T>(list: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return list && new Set(list);
}
