import type { MetricKind } from '../../broker/contract/metrics.ts';
import { type Resolution, type Tier, tierWidthMs } from '../../broker/contract/windows.ts';
import { CompensatedSum } from './compensated-sum.ts';

/** Statistics of one window of one series. Pure: a function of the rows below it and of the {@link SeriesShape}. */
export interface RollUpRow {
  /** Start of the half-open UTC window, epoch ms. */
  at: number;
  /** Samples that are not bad; all statistics are of these. */
  count: number;
  /** Null when nothing was measured. Gauge: mean of the means below; state: weighted by time. */
  mean: number | null;
  sum: number;
  /** Sum of squared deviations from sum/count (Welford; merged after Chan, Golub and LeVeque 1979). */
  m2: number;
  min: number | null;
  minAt: number | null;
  max: number | null;
  maxAt: number | null;
  first: number | null;
  firstAt: number | null;
  last: number | null;
  lastAt: number | null;
  /** Distinct nominal intervals that have a sample: duplicates and bursts cannot raise it. */
  slots: number;
  /** Time that samples stand for; coverage is this by the window's width. */
  coveredMs: number;
  /** All samples by flag. */
  good: number;
  notEvaluated: number;
  suspect: number;
  bad: number;
}

/** What of a series decides how its values are combined. */
export interface SeriesShape {
  kind: MetricKind;
  /** Nominal time between samples. */
  intervalMs: number;
}

/** Samples of one series as columns in ascending order of time, each instant once. */
export interface Samples {
  at: ArrayLike<number>;
  value: ArrayLike<number>;
  flag: ArrayLike<number>;
}

export interface Window {
  start: number;
  widthMs: number;
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** A value that was held longer than this many intervals is a gap: nothing is known of it. */
const gapIntervalsMax = 3;
const gapMsMax = 3 * dayMs;

/** What a tier is made from. States are weighted by time, which means of minutes no longer know: their hours are made from raw. */
export function sourceOf(tier: Tier, kind: MetricKind): Resolution {
  if (tier === '1d') return '1h';
  if (tier === '1h' && kind !== 'state') return '1m';
  return 'raw';
}

/** How long a state holds at the most without a further sample. */
export function holdMsMax(intervalMs: number): number {
  return Math.min(gapIntervalsMax * intervalMs, gapMsMax);
}

/** How far beyond a window its rows depend on samples: for the hours of states, by what was held into or out of it. */
export function reachMs(tier: Tier, { kind, intervalMs }: SeriesShape): number {
  return tier === '1h' && kind === 'state' ? holdMsMax(intervalMs) : 0;
}

/**
 * Makes a window of `1m` or, for states, `1h` from raw. `samples[begin..end)` are those within
 * {@link reachMs} of the window. Undefined when there is nothing to say of the window.
 */
export function rollUpSamples(
  tier: Tier,
  shape: SeriesShape,
  start: number,
  { samples, begin, end }: { samples: Samples; begin: number; end: number },
): RollUpRow | undefined {
  const window = { start, widthMs: tierWidthMs[tier] };
  const [first, beyond] = within(samples.at, window, begin, end);
  const row = describeSamples(samples, { begin: first, end: beyond }, window, shape.intervalMs);
  if (shape.kind === 'state') holdStates(row, samples, { begin, end, window, tier, shape });
  return row.count + row.bad > 0 || row.coveredMs > 0 ? row : undefined;
}

/** Rows of a tier as columns in ascending order of time; NaN stands for null. */
export type RowColumns = Readonly<Record<Exclude<keyof RollUpRow, 'at'>, ArrayLike<number>>>;

/** Makes a window from the rows of the tier below that lie in it, in ascending order. */
export function rollUpRows(
  tier: Tier,
  shape: SeriesShape,
  start: number,
  rows: readonly RollUpRow[],
): RollUpRow | undefined {
  const columns = Object.fromEntries(
    rowNames.map((name) => [name, rows.map((row) => row[name] ?? Number.NaN)]),
  ) as Record<keyof RowColumns, number[]>;
  return rollUpRowColumns(tier, shape, start, { rows: columns, begin: 0, end: rows.length });
}

/** The same of rows `[begin..end)` of columns. */
export function rollUpRowColumns(
  tier: Tier,
  shape: SeriesShape,
  start: number,
  { rows, begin, end }: { rows: RowColumns; begin: number; end: number },
): RollUpRow | undefined {
  if (begin === end) return undefined;
  const merged = emptyRow(start);
  mergeMoments(merged, rows, begin, end);
  mergeExtremes(merged, rows, begin, end);
  mergeEnds(merged, rows, { begin, end }, shape.intervalMs);
  merged.good = total(rows.good, begin, end);
  merged.notEvaluated = total(rows.notEvaluated, begin, end);
  merged.suspect = total(rows.suspect, begin, end);
  merged.bad = total(rows.bad, begin, end);
  if (shape.kind === 'state') {
    merged.coveredMs = total(rows.coveredMs, begin, end);
    merged.mean = meanByTime(rows, begin, end);
  } else {
    merged.coveredMs = Math.min(tierWidthMs[tier], merged.slots * shape.intervalMs);
    merged.mean = meanOfPresent(rows.mean, begin, end);
  }
  return merged;
}

/** Share of the window that samples stand for, 0..1. */
export function coverageOf({ coveredMs }: Pick<RollUpRow, 'coveredMs'>, tier: Tier): number {
  return coveredMs / tierWidthMs[tier];
}

/**
 * Number of the nominal interval that holds an instant, counted from the start of its UTC hour (of its day for
 * intervals beyond an hour), so that a window's intervals begin with the window.
 */
export function slotOf(at: number, intervalMs: number): number {
  const originMs = intervalMs <= hourMs ? hourMs : dayMs;
  const origin = at - (at % originMs);
  const perOrigin = Math.ceil(originMs / intervalMs);
  return (origin / originMs) * perOrigin + Math.floor((at - origin) / intervalMs);
}

function emptyRow(at: number): RollUpRow {
  return {
    at,
    count: 0,
    mean: null,
    sum: 0,
    m2: 0,
    min: null,
    minAt: null,
    max: null,
    maxAt: null,
    first: null,
    firstAt: null,
    last: null,
    lastAt: null,
    slots: 0,
    coveredMs: 0,
    good: 0,
    notEvaluated: 0,
    suspect: 0,
    bad: 0,
  };
}

function within(
  at: ArrayLike<number>,
  { start, widthMs }: Window,
  begin: number,
  end: number,
): [first: number, beyond: number] {
  let first = begin;
  while (first < end && (at[first] as number) < start) first++;
  let beyond = first;
  while (beyond < end && (at[beyond] as number) < start + widthMs) beyond++;
  return [first, beyond];
}

function describeSamples(
  { at, value, flag }: Samples,
  { begin, end }: { begin: number; end: number },
  { start, widthMs }: Window,
  intervalMs: number,
): RollUpRow {
  const row = emptyRow(start);
  const sum = new CompensatedSum();
  let runningMean = 0;
  let lastSlot = Number.NaN;
  // Places of the samples that are first, last and the extremes.
  let [first, last, min, max] = [-1, -1, -1, -1];
  for (let index = begin; index < end; index++) {
    countFlag(row, flag[index] as number);
    if (flag[index] === 4) continue;
    const sample = value[index] as number;
    row.count++;
    sum.add(sample);
    const distance = sample - runningMean;
    runningMean += distance / row.count;
    row.m2 += distance * (sample - runningMean);
    if (first < 0) first = index;
    last = index;
    if (min < 0 || sample < (value[min] as number)) min = index;
    if (max < 0 || sample > (value[max] as number)) max = index;
    const slot = slotOf(at[index] as number, intervalMs);
    if (slot !== lastSlot) row.slots++;
    lastSlot = slot;
  }
  row.coveredMs = Math.min(widthMs, row.slots * intervalMs);
  if (row.count === 0) return row;
  row.sum = sum.value;
  row.mean = row.sum / row.count;
  row.min = value[min] as number;
  row.minAt = at[min] as number;
  row.max = value[max] as number;
  row.maxAt = at[max] as number;
  row.first = value[first] as number;
  row.firstAt = at[first] as number;
  row.last = value[last] as number;
  row.lastAt = at[last] as number;
  return row;
}

function countFlag(row: RollUpRow, flag: number): void {
  if (flag === 1) row.good++;
  else if (flag === 3) row.suspect++;
  else if (flag === 4) row.bad++;
  else row.notEvaluated++;
}

/**
 * Weighs states by the time that they held: each until the next sample, unless that came later than
 * {@link holdMsMax}. A minute looks at its own samples only, and the last one holds until its end.
 */
function holdStates(
  row: RollUpRow,
  { at, value, flag }: Samples,
  of: { begin: number; end: number; window: Window; tier: Tier; shape: SeriesShape },
): void {
  const { begin, end, window, tier, shape } = of;
  const [start, stop] = [window.start, window.start + window.widthMs];
  const holdMax = holdMsMax(shape.intervalMs);
  const weighted = new CompensatedSum();
  row.coveredMs = 0;
  let index = nextUsable(flag, begin, end);
  while (index < end) {
    const next = nextUsable(flag, index + 1, end);
    const heldFrom = at[index] as number;
    let heldTo = next < end ? (at[next] as number) : heldFrom;
    if (tier === '1m') heldTo = next < end ? Math.min(heldTo, stop) : stop;
    else if (heldTo - heldFrom > holdMax) heldTo = heldFrom;
    const heldMs = Math.min(heldTo, stop) - Math.max(heldFrom, start);
    if (heldMs > 0 && (tier !== '1m' || heldFrom >= start)) {
      const state = value[index] as number;
      row.coveredMs += heldMs;
      weighted.add(state * heldMs);
      includeHeld(row, state, Math.max(heldFrom, start));
    }
    index = next;
  }
  if (row.coveredMs > 0) row.mean = weighted.value / row.coveredMs;
}

function nextUsable(flag: ArrayLike<number>, from: number, end: number): number {
  let index = from;
  while (index < end && flag[index] === 4) index++;
  return index;
}

/** What was held into the window belongs to its extremes, from its beginning on. */
function includeHeld(row: RollUpRow, state: number, from: number): void {
  if (row.min === null || state < row.min || (state === row.min && from < (row.minAt ?? from)))
    [row.min, row.minAt] = [state, from];
  if (row.max === null || state > row.max || (state === row.max && from < (row.maxAt ?? from)))
    [row.max, row.maxAt] = [state, from];
}

const rowNames = [
  'count',
  'mean',
  'sum',
  'm2',
  'min',
  'minAt',
  'max',
  'maxAt',
  'first',
  'firstAt',
  'last',
  'lastAt',
  'slots',
  'coveredMs',
  'good',
  'notEvaluated',
  'suspect',
  'bad',
] as const satisfies readonly (keyof RowColumns)[];

function mergeMoments(into: RollUpRow, rows: RowColumns, begin: number, end: number): void {
  let [count, sum, m2] = [0, 0, 0];
  for (let row = begin; row < end; row++) {
    const added = rows.count[row] as number;
    const addedSum = rows.sum[row] as number;
    if (added > 0 && count > 0) {
      const distance = addedSum / added - sum / count;
      m2 = m2 + (rows.m2[row] as number) + (distance * distance * count * added) / (count + added);
    } else if (added > 0) m2 = rows.m2[row] as number;
    count += added;
    sum += addedSum;
  }
  into.count = count;
  into.sum = sum;
  into.m2 = m2;
}

/** Of equal extremes the first one stands. */
function mergeExtremes(into: RollUpRow, rows: RowColumns, begin: number, end: number): void {
  let [min, max] = [-1, -1];
  for (let row = begin; row < end; row++) {
    const low = rows.min[row] as number;
    const high = rows.max[row] as number;
    if (!Number.isNaN(low) && (min < 0 || low < (rows.min[min] as number))) min = row;
    if (!Number.isNaN(high) && (max < 0 || high > (rows.max[max] as number))) max = row;
  }
  if (min >= 0) {
    into.min = rows.min[min] as number;
    into.minAt = rows.minAt[min] as number;
  }
  if (max >= 0) {
    into.max = rows.max[max] as number;
    into.maxAt = rows.maxAt[max] as number;
  }
}

function mergeEnds(
  into: RollUpRow,
  rows: RowColumns,
  { begin, end }: { begin: number; end: number },
  intervalMs: number,
): void {
  let [first, last] = [-1, -1];
  let lastSlot = Number.NaN;
  for (let row = begin; row < end; row++) {
    into.slots += rows.slots[row] as number;
    const firstAt = rows.firstAt[row] as number;
    if (Number.isNaN(firstAt)) continue;
    if (first < 0) first = row;
    last = row;
    // Neighbours may share a nominal interval.
    const firstSlot = slotOf(firstAt, intervalMs);
    if (firstSlot === lastSlot) into.slots--;
    const lastAt = rows.lastAt[row] as number;
    lastSlot = lastAt === firstAt ? firstSlot : slotOf(lastAt, intervalMs);
  }
  if (first < 0) return;
  into.first = rows.first[first] as number;
  into.firstAt = rows.firstAt[first] as number;
  into.last = rows.last[last] as number;
  into.lastAt = rows.lastAt[last] as number;
}

function total(column: ArrayLike<number>, begin: number, end: number): number {
  let sum = 0;
  for (let row = begin; row < end; row++) sum += column[row] as number;
  return sum;
}

function meanOfPresent(means: ArrayLike<number>, begin: number, end: number): number | null {
  const sum = new CompensatedSum();
  let count = 0;
  for (let row = begin; row < end; row++) {
    const mean = means[row] as number;
    if (Number.isNaN(mean)) continue;
    sum.add(mean);
    count++;
  }
  return count > 0 ? sum.value / count : null;
}

function meanByTime({ mean, coveredMs }: RowColumns, begin: number, end: number): number | null {
  const weighted = new CompensatedSum();
  let weight = 0;
  for (let row = begin; row < end; row++) {
    if (Number.isNaN(mean[row])) continue;
    weighted.add((mean[row] as number) * (coveredMs[row] as number));
    weight += coveredMs[row] as number;
  }
  return weight > 0 ? weighted.value / weight : meanOfPresent(mean, begin, end);
}
