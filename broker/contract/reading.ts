import { z } from 'zod';
import { limits } from './limits.ts';
import { MetricName } from './metrics.ts';

/** One value of one metric at one instant, in the catalogue's unit: the canonical form. */
export const Reading = z.object({
  metric: MetricName,
  at: z.int().nonnegative().describe('epoch ms UTC'),
  value: z.number().describe("in the metric's unit"),
});
export type Reading = z.infer<typeof Reading>;

/** A reading with its quality as judged at arrival; see `quality.ts`. */
export const JudgedReading = Reading.extend({
  flag: z.int().describe('QARTOD primary flag: 1 good, 2 not evaluated, 3 suspect, 4 bad'),
  reasons: z.int().describe('bit mask of the tests that the value did not pass'),
});
export type JudgedReading = z.infer<typeof JudgedReading>;

const numeric = z.union([z.number(), z.string().describe('a number as text')]);
const at = z
  .union([z.string(), z.number()])
  .describe('ISO 8601 with offset, or epoch s, ms, µs or ns by size; missing = arrival');

/** `{"at":…,"pm10":12.3,"pm2_5":8.1}`: metric names beside an optional time. */
export const NativeObject = z.object({ at: at.optional() }).catchall(numeric);

/** `{"readings":[{…},{…}]}`: several native objects in one message. */
export const NativeBatch = z.object({
  readings: z.array(NativeObject).max(limits.readingsPerMessageMax),
});

/** The native payload of a `readings` topic; published as JSON Schema in the API's document. */
export const NativePayload = z.union([NativeBatch, NativeObject]);
