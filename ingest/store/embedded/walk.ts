import type { MetricKind } from '../../../broker/contract/metrics.ts';
import { type Resolution, type Tier, tierWidthMs } from '../../../broker/contract/windows.ts';
import {
  type RollUpRow,
  type RowColumns,
  reachMs,
  rollUpRowColumns,
  rollUpSamples,
  type Samples,
  type SeriesShape,
} from '../../domain/roll-up.ts';
import { revise } from '../revise.ts';
import { rowAt, rowColumnsOf, TierRowBuffer } from './tier-columns.ts';

/** Rows of several series as columns: series first, then time. Ordered by both. */
export type Rows = readonly Float64Array[];

/** The series of one kind, which have one source. */
export interface Group {
  tier: Tier;
  now: number;
  kind: MetricKind;
  source: Resolution;
  shapes: ReadonlyMap<number, SeriesShape>;
  /** The longest reach of its series. */
  reach: number;
  /** Ascending starts by series; without them every window of the span. */
  starts?: ReadonlyMap<number, Float64Array>;
  /** Rows that need no source. */
  ready?: {
    has(series: number, start: number): boolean;
    rowOf(series: number, start: number): RollUpRow | undefined;
  };
  from: number;
  to: number;
}

/** What of a tier is to be written. */
export interface Changes {
  added: TierRowBuffer;
  /** Rows that vanish or are replaced, by series and start. */
  removed: { series: number[]; at: number[] };
}

/** Where the rows of one series lie in columns. */
interface Stretch {
  begin: number;
  end: number;
}

const nowhere: Stretch = { begin: 0, end: 0 };

/** One series on its way: the next source row and the next existing row that no window has taken. */
interface Cursor {
  series: number;
  shape: SeriesShape;
  reach: number;
  row: number;
  readonly rowsEnd: number;
  known: number;
  readonly knownEnd: number;
}

/** Goes through source and existing rows side by side, window by window, and collects what has changed. */
export class TierWalk {
  readonly #group: Group;
  readonly #widthMs: number;
  readonly #source: Rows;
  readonly #existing: Rows;
  readonly #at: Float64Array;
  readonly #existingAt: Float64Array;
  /** Columns without the series. */
  readonly #existingColumns: Rows;
  readonly #rows: RowColumns;
  readonly #samples: Samples;
  readonly #changes: Changes = { added: new TierRowBuffer(), removed: { series: [], at: [] } };

  constructor(group: Group, source: Rows, existing: Rows) {
    const [, at, value, flag] = source as [Float64Array, Float64Array, Float64Array, Float64Array];
    this.#group = group;
    this.#widthMs = tierWidthMs[group.tier];
    this.#source = source;
    this.#existing = existing;
    this.#at = at;
    this.#existingAt = existing[1] as Float64Array;
    this.#existingColumns = existing.slice(1);
    this.#rows = rowColumnsOf(source.slice(1));
    this.#samples = { at, value, flag };
  }

  run(): Changes {
    const { tier, shapes } = this.#group;
    const stretches = stretchesOf(this.#source);
    const existing = stretchesOf(this.#existing);
    for (const [series, shape] of shapes) {
      const { begin: row, end: rowsEnd } = stretches.get(series) ?? nowhere;
      const { begin: known, end: knownEnd } = existing.get(series) ?? nowhere;
      if (rowsEnd === 0 && knownEnd === 0 && !this.#group.ready) continue;
      const reach = reachMs(tier, shape);
      this.#walk({ series, shape, reach, row, rowsEnd, known, knownEnd });
    }
    return this.#changes;
  }

  #walk(cursor: Cursor): void {
    const starts = this.#namedStarts(cursor);
    if (starts) {
      for (const start of starts) this.#visit(cursor, start);
      return;
    }
    // Only windows with rows of either kind can come to something.
    for (;;) {
      const at = cursor.row < cursor.rowsEnd ? (this.#at[cursor.row] as number) : Infinity;
      const known =
        cursor.known < cursor.knownEnd ? (this.#existingAt[cursor.known] as number) : Infinity;
      const next = Math.min(at, known);
      if (next >= this.#group.to) return;
      this.#visit(cursor, next - (next % this.#widthMs));
    }
  }

  /** Windows that are visited whether they have rows or not: those asked for, and those that a state may be held into. */
  #namedStarts({ series, reach }: Cursor): Iterable<number> | undefined {
    const { starts, from, to } = this.#group;
    if (starts) return starts.get(series) ?? [];
    if (reach === 0) return undefined;
    const count = (to - from) / this.#widthMs;
    return Array.from({ length: count }, (_, index) => from + index * this.#widthMs);
  }

  #visit(cursor: Cursor, start: number): void {
    const { reach, rowsEnd, knownEnd } = cursor;
    while (cursor.row < rowsEnd && (this.#at[cursor.row] as number) < start - reach) cursor.row++;
    const beyond = start + this.#widthMs + reach;
    let end = cursor.row;
    while (end < rowsEnd && (this.#at[end] as number) < beyond) end++;
    while (cursor.known < knownEnd && (this.#existingAt[cursor.known] as number) < start) {
      cursor.known++;
    }
    const isKnown = cursor.known < knownEnd && this.#existingAt[cursor.known] === start;
    this.#settle(cursor, start, { end, isKnown });
    if (isKnown) cursor.known++;
    if (reach === 0) cursor.row = end;
  }

  #settle(
    cursor: Cursor,
    start: number,
    { end, isKnown }: { end: number; isKnown: boolean },
  ): void {
    const { tier, now } = this.#group;
    const { added, removed } = this.#changes;
    const { series, shape, row, known } = cursor;
    const { intervalMs } = shape;
    const present = isKnown ? rowAt(this.#existingColumns, known) : undefined;
    const computed =
      this.#group.ready?.rowOf(series, start) ?? this.#compute(shape, start, { begin: row, end });
    const next = computed && revise(present, computed, { tier, intervalMs, now });
    if (next === present) return;
    if (present) {
      removed.series.push(series);
      removed.at.push(start);
    }
    if (next) added.add(series, next);
  }

  #compute(
    shape: SeriesShape,
    start: number,
    { begin, end }: { begin: number; end: number },
  ): RollUpRow | undefined {
    const { tier, source } = this.#group;
    return source === 'raw'
      ? rollUpSamples(tier, shape, start, { samples: this.#samples, begin, end })
      : rollUpRowColumns(tier, shape, start, { rows: this.#rows, begin, end });
  }
}

function stretchesOf([series]: Rows): Map<number, Stretch> {
  const stretches = new Map<number, Stretch>();
  if (!series) return stretches;
  let begin = 0;
  for (let row = 1; row <= series.length; row++) {
    if (row < series.length && series[row] === series[begin]) continue;
    if (begin < series.length) stretches.set(series[begin] as number, { begin, end: row });
    begin = row;
  }
  return stretches;
}
