import { z } from 'zod';
import { MetricName } from './metrics.ts';

const limit = z.number().nonnegative();

/**
 * Thresholds of the quality tests for one metric, in the metric's unit; a test without thresholds is not
 * made. The defaults and their sources stand in `ingest/domain/quality`.
 */
export const QualityThresholds = z.object({
  range: z.tuple([z.number(), z.number()]).describe('outside: bad'),
  usual: z.tuple([z.number(), z.number()]).describe('outside: suspect'),
  stepPerMinute: limit.describe('faster change: suspect'),
  stepFailPerMinute: limit.describe('faster change: bad'),
  spike: limit.describe('smaller of the two opposite steps beyond it: suspect'),
  spikeFail: limit,
  flatTolerance: limit.describe('no more change than this for `flatSuspectMs`: suspect'),
  flatAbove: z.number().describe('values up to this may stay flat'),
  flatSuspectMs: limit,
  flatFailMs: limit,
  humidityMax: limit.describe('relative humidity beyond which it is suspect, %'),
  outlierFloor: limit.describe('Hampel test: smallest deviation that counts'),
  noiseMax: limit.describe('coefficient of variation in an hour beyond which it is suspect'),
  neighbourFloor: limit.describe('smallest deviation from the neighbours that counts'),
});
export type QualityThresholds = z.infer<typeof QualityThresholds>;

/** What an owner sets differently for a device: per metric, over the rule set in force. Null switches a test off. */
export const QualityOverrides = z.partialRecord(
  MetricName,
  z.strictObject(
    Object.fromEntries(
      Object.entries(QualityThresholds.shape).map(([name, schema]) => [
        name,
        schema.nullable().optional(),
      ]),
    ) as {
      [Name in keyof QualityThresholds]: z.ZodOptional<
        z.ZodNullable<(typeof QualityThresholds.shape)[Name]>
      >;
    },
  ),
);
export type QualityOverrides = z.infer<typeof QualityOverrides>;
