import { z } from 'zod';
import { resolutions } from './windows.ts';

export const Resolution = z.enum(resolutions);

/** Raw rows as columns. `flag` is the QARTOD primary flag: 2 = not evaluated. */
export const RawColumns = z.object({
  at: z.array(z.number()),
  value: z.array(z.number()),
  flag: z.array(z.number()),
});
export type RawColumns = z.infer<typeof RawColumns>;

/** Roll-up rows as columns; `at` is the window's start. */
export const TierColumns = z.object({
  at: z.array(z.number()),
  mean: z.array(z.number()),
  min: z.array(z.number()),
  max: z.array(z.number()),
  count: z.array(z.number()),
});
export type TierColumns = z.infer<typeof TierColumns>;
