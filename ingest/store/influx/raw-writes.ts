import type { MetricName } from '../../../broker/contract/metrics.ts';
import { storeLimits } from '../limits.ts';
import type { Newest } from '../newest.ts';
import type { ReadingBatch } from '../reading-batch.ts';
import { PerSeries, type Series, type SeriesTable } from '../series-table.ts';
import { partition } from '../storable.ts';
import type { Judgement, WriteOutcome } from '../store.ts';
import { lineStart, type Point, readingLine, uncarriable } from './escape.ts';
import { type Known, keyOf, lookUp } from './look-up.ts';
import type { Query } from './rows.ts';

export interface RawWritesDeps {
  newest: Newest;
  /** Whose numbers `newest` knows series by. */
  table: SeriesTable;
  query: Query;
  /** Writes lines; answers those that the server refused, by position, with its reason. */
  write: (lines: readonly string[]) => Promise<ReadonlyMap<number, string>>;
  /** Writes the quality of points that are there. */
  writeJudged: (points: readonly Point[]) => Promise<void>;
}

/** What is known of a series before any of its readings is looked at. */
interface Target {
  /** In the store's own table. */
  number: number;
  metric: MetricName;
  lineStart: string;
  /** Why none of its readings can be written, or undefined. */
  refusal: string | undefined;
}

/** What a batch comes to, by rows of the batch. */
interface Plan {
  /** One row of each key. */
  standing: readonly number[];
  /** Those that are to be written. */
  changed: readonly number[];
  /** What is stored of their keys. */
  known: Known;
  /** Whether none of them can be there. */
  isAllNew: boolean;
}

const nothing: Known = new Map();

/** Writes readings and their quality, so that a key exists once. The caller lets calls follow each other. */
export class RawWrites {
  readonly #deps: RawWritesDeps;
  readonly #targets: PerSeries<Target>;
  /**
   * Keys that were new when they were last sent, but the answer did not come: they may be there by now.
   * Found there, they are stored and not duplicates.
   */
  readonly #unconfirmed = new Set<string>();

  constructor(deps: RawWritesDeps) {
    this.#deps = deps;
    this.#targets = new PerSeries((series) => targetOf(series, deps.table));
  }

  async write(batch: ReadingBatch): Promise<WriteOutcome> {
    const target = this.#targets.of(batch.table);
    const { kept, refused } = partition(batch, (series) => target(series).refusal);
    const rows = kept ?? [...batch.series.subarray(0, batch.length).keys()];
    const { standing, changed, known, isAllNew } = await this.#plan(batch, rows);
    // By metric, so that a conflict of types, which hits a metric as a whole, is found quickly.
    const order = byMetric(changed, (row) => target(batch.series[row] as number).metric);
    const lines = order.map((row) =>
      readingLine(target(batch.series[row] as number).lineStart, batch, row, isAllNew),
    );
    const unwritten = await this.#deps.write(lines).catch((error: unknown) => {
      const keys = changed.map((row) => keyAt(batch, row));
      this.#noteUnconfirmed(keys.filter((key) => !known.has(key)));
      throw error;
    });
    let duplicates = rows.length - standing.length + this.#confirm(batch, standing, known);
    for (const [position, row] of order.entries()) {
      const detail = unwritten.get(position);
      if (detail === undefined) {
        this.#deps.newest.note(target(batch.series[row] as number).number, batch, row);
        continue;
      }
      refused.push({ index: row, detail });
      if (known.has(keyAt(batch, row))) duplicates--;
    }
    const stored = batch.length - duplicates - refused.length;
    return { stored, duplicates, refused: refused.sort((a, b) => a.index - b.index) };
  }

  async #plan(batch: ReadingBatch, rows: readonly number[]): Promise<Plan> {
    const { newest, query } = this.#deps;
    if (newest.isAllNew(...this.#columnsOf(batch, rows)))
      return { standing: rows, changed: rows, known: nothing, isAllNew: true };
    const { standing, replacing } = standingOf(batch, rows);
    const { doubtful } = newest.sift(...this.#columnsOf(batch, standing));
    const known = await lookUp(
      doubtful.map((place) => batch.reading(standing[place] as number)),
      query,
    );
    const changed = standing.filter(
      (row) => replacing.has(row) || known.get(keyAt(batch, row)) !== batch.value[row],
    );
    return { standing, changed, known, isAllNew: false };
  }

  /** Series and time of some rows, in the numbers that `newest` knows. */
  #columnsOf(batch: ReadingBatch, rows: readonly number[]): [Int32Array, Float64Array] {
    const target = this.#targets.of(batch.table);
    const series = new Int32Array(rows.length);
    const at = new Float64Array(rows.length);
    for (const [place, row] of rows.entries()) {
      series[place] = target(batch.series[row] as number).number;
      at[place] = batch.at[row] as number;
    }
    return [series, at];
  }

  /** Takes note that the rows are stored; answers how many were there before. */
  #confirm(batch: ReadingBatch, standing: readonly number[], known: Known): number {
    if (known.size === 0 && this.#unconfirmed.size === 0) return 0;
    let duplicates = 0;
    for (const row of standing) {
      const key = keyAt(batch, row);
      if (known.has(key) && !this.#unconfirmed.has(key)) duplicates++;
      this.#unconfirmed.delete(key);
    }
    return duplicates;
  }

  /** Writes flag and reasons alone, which leaves the other fields of a point, of those readings that are there. */
  async judge(judgements: readonly Judgement[]): Promise<void> {
    const known = await lookUp(judgements, this.#deps.query);
    const points = judgements.flatMap((judgement) => {
      const { device, metric, at, flag, reasons } = judgement;
      return known.has(keyOf(judgement)) ? [{ device, metric, at, fields: { flag, reasons } }] : [];
    });
    await this.#deps.writeJudged(points);
  }

  #noteUnconfirmed(keys: readonly string[]): void {
    // Whoever writes repeats what failed before anything else, so that these are few.
    if (this.#unconfirmed.size + keys.length > storeLimits.influxUnconfirmedMax) {
      this.#unconfirmed.clear();
    }
    for (const key of keys) this.#unconfirmed.add(key);
  }
}

/**
 * Rows as they stand after the batch: one that says the value again changes nothing, another value replaces it.
 * `replacing`: those by which the batch itself has replaced another value.
 */
function standingOf(
  batch: ReadingBatch,
  rows: readonly number[],
): { standing: number[]; replacing: ReadonlySet<number> } {
  const standing = new Map<string, number>();
  const replacing = new Set<number>();
  for (const row of rows) {
    const key = keyAt(batch, row);
    const known = standing.get(key);
    if (known !== undefined && batch.value[known] === batch.value[row]) continue;
    standing.set(key, row);
    if (known !== undefined) replacing.add(row);
  }
  return { standing: [...standing.values()], replacing };
}

function keyAt({ table, series, at }: ReadingBatch, row: number): string {
  const { device, metric } = table.series(series[row] as number);
  return keyOf({ device, metric, at: at[row] as number });
}

function targetOf({ device, metric }: Series, table: SeriesTable): Target {
  return {
    number: table.numberOf(device, metric),
    metric,
    lineStart: lineStart({ device, metric }),
    refusal: uncarriable(device),
  };
}

function byMetric(rows: readonly number[], metricOf: (row: number) => MetricName): number[] {
  const groups = new Map<MetricName, number[]>();
  for (const row of rows) {
    const metric = metricOf(row);
    const group = groups.get(metric);
    if (group) group.push(row);
    else groups.set(metric, [row]);
  }
  return [...groups.values()].flat();
}
