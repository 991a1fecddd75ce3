import type { Resolution, Tier } from '../../../broker/contract/windows.ts';
import { storeLimits } from '../limits.ts';
import { revise } from '../revise.ts';
import { QueryTooLarge, type RebuildSpan, type SeriesWindow } from '../store.ts';
import type { Point } from './escape.ts';
import { goneFields, tierFields, tierRowFields } from './fields.ts';
import { forEachAtMost, pieces, type Query } from './rows.ts';
import { computeSlice, readTierRows } from './source.ts';
import { halve, type Stretch, slicesOf, stretchesOf, stretchesOfSpan } from './stretches.ts';

export interface RecomputeDeps {
  queryOf: (resolution: Resolution) => Query;
  /** Resolves when the points are durable. */
  write: (tier: Tier, points: readonly Point[]) => Promise<void>;
  /** Throws when the store is about to stop: a rebuild may take minutes, and what it has done stays done. */
  proceed: () => void;
}

/**
 * Makes tiers anew, slice by slice: reads what they are made from and what is there, computes, and writes what
 * has changed. Slices of different calls take turns, since between reading a row and writing it nobody
 * else may: a rebuild gives way to others after some slices.
 */
export class Recompute {
  readonly #deps: RecomputeDeps;
  #turn: Promise<void> = Promise.resolve();

  constructor(deps: RecomputeDeps) {
    this.#deps = deps;
  }

  rollUp(tier: Tier, windows: readonly SeriesWindow[], now: number): Promise<void> {
    const slices = stretchesOf(tier, windows).flatMap((stretch) => slicesOf(tier, stretch));
    return this.#inTurn(() => this.#makeAnew(tier, slices, now));
  }

  async rebuild(tier: Tier, span: RebuildSpan, now: number): Promise<void> {
    const slices = stretchesOfSpan(span).flatMap((stretch) => slicesOf(tier, stretch));
    for (const some of pieces(slices, storeLimits.influxSlicesPerTurnMax)) {
      await this.#inTurn(async () => {
        this.#deps.proceed();
        await this.#makeAnew(tier, some, now);
      });
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #makeAnew(tier: Tier, slices: readonly Stretch[], now: number): Promise<void> {
    let changed: Point[] = [];
    const flush = () => {
      const points = changed;
      changed = [];
      return this.#deps.write(tier, points);
    };
    await forEachAtMost(storeLimits.influxRequestsAtOnceMax, slices, async (slice) => {
      for await (const points of this.#changesOf(tier, slice, now)) {
        for (const point of points) changed.push(point);
        if (changed.length >= storeLimits.influxTierLinesPerWriteMax) await flush();
      }
    });
    await flush();
  }

  /** Points to be written; of a slice that has too many rows part by part. */
  async *#changesOf(tier: Tier, slice: Stretch, now: number): AsyncGenerator<Point[]> {
    const halves = halve(tier, slice);
    try {
      yield await this.#compare(tier, slice, { now, dense: halves === undefined });
    } catch (error) {
      if (!(error instanceof QueryTooLarge) || !halves) throw error;
      for (const half of halves) yield* this.#changesOf(tier, half, now);
    }
  }

  async #compare(
    tier: Tier,
    slice: Stretch,
    { now, dense }: { now: number; dense: boolean },
  ): Promise<Point[]> {
    const { queryOf } = this.#deps;
    const computed = await computeSlice(tier, slice, queryOf, { dense });
    const existing = await readTierRows(tier, slice, {
      query: queryOf(tier),
      fields: tierFields,
    });
    const points: Point[] = [];
    for (const { device, intervalMs } of slice.series) {
      const left = new Map(existing.get(device)?.map((row) => [row.at, row]));
      const key = { device, metric: slice.metric };
      for (const row of computed.get(device) ?? []) {
        const known = left.get(row.at);
        left.delete(row.at);
        const revised = revise(known, row, { tier, intervalMs, now });
        if (revised !== known) points.push({ ...key, at: row.at, fields: tierRowFields(revised) });
      }
      for (const at of left.keys()) points.push({ ...key, at, fields: goneFields });
    }
    return points;
  }
}
