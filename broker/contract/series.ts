import { z } from 'zod';
import { resolutions } from './windows.ts';

export const Resolution = z.enum(resolutions);

const numbers = z.array(z.number());
/** Null: not measured. It is never 0 and never carried forward. */
const measured = z.array(z.number().nullable());

/** Raw rows as columns of equal length. */
export const RawColumns = z.object({
  at: numbers.describe('event time, epoch ms UTC'),
  value: numbers,
  flag: numbers.describe('QARTOD primary flag: 1 good, 2 not evaluated, 3 suspect, 4 bad'),
  reasons: numbers.describe('bit mask of the tests that the value did not pass'),
  receivedAt: numbers.describe('arrival, epoch ms UTC'),
});
export type RawColumns = z.infer<typeof RawColumns>;

/**
 * Roll-up rows as columns of equal length. Statistics are of the samples that are not bad (flag 4); a window
 * that has only bad ones is there with `count` 0 and null.
 */
export const TierColumns = z.object({
  at: numbers.describe("the window's start"),
  mean: measured.describe(
    'gauge: means of means, so that a burst weighs no more than a calm minute; state: weighted by time',
  ),
  min: measured,
  max: measured,
  count: numbers,
  coverage: numbers.describe('0..1: share of the window that samples stand for'),
  flags: z
    .array(z.tuple([z.number(), z.number(), z.number(), z.number()]))
    .describe('samples by flag: good, not evaluated, suspect, bad'),
  expected: numbers.describe('samples at the nominal interval'),
  sum: numbers.describe('of all samples, for variance and merging'),
  m2: numbers.describe('sum of squared deviations from sum/count: variance is m2/(count-1)'),
  slots: numbers.describe('distinct nominal intervals that have a sample'),
  minAt: measured,
  maxAt: measured,
  first: measured,
  firstAt: measured,
  last: measured,
  lastAt: measured,
  revision: numbers.describe('how often the row has changed after its window had closed'),
  resultAt: numbers.describe('when the row got its present content, epoch ms UTC'),
});
export type TierColumns = z.infer<typeof TierColumns>;

/** Columns without a row, to be filled. */
export function emptyTierColumns(): TierColumns {
  return {
    at: [],
    mean: [],
    min: [],
    max: [],
    count: [],
    coverage: [],
    flags: [],
    expected: [],
    sum: [],
    m2: [],
    slots: [],
    minAt: [],
    maxAt: [],
    first: [],
    firstAt: [],
    last: [],
    lastAt: [],
    revision: [],
    resultAt: [],
  };
}

/** What a chart or a table of a tier needs; the rest is answered with `detail=true`. */
export const TierSummary = TierColumns.pick({
  at: true,
  mean: true,
  min: true,
  max: true,
  count: true,
  coverage: true,
  flags: true,
});
export type TierSummary = z.infer<typeof TierSummary>;

/** Ends of windows that are not all as long as their tier says: civil and legal days. */
const ends = { end: numbers.optional().describe("the day's end; only of civil and legal days") };

/** The columns of an answer: raw, a tier in full, or a tier in short. */
export const SeriesColumns = z.union([
  RawColumns,
  TierColumns.extend(ends),
  TierSummary.extend(ends),
]);
export type SeriesColumns = z.infer<typeof SeriesColumns>;
