import { z } from 'zod';

/** Roll-up tiers, finest first; each is made from the one before, the first from raw. */
export const tiers = ['1m', '1h', '1d'] as const;
export const Tier = z.enum(tiers);
export type Tier = z.infer<typeof Tier>;

export const resolutions = ['raw', ...tiers] as const;
export const Resolution = z.enum(resolutions);
export type Resolution = z.infer<typeof Resolution>;

export const tierWidthMs: Readonly<Record<Tier, number>> = {
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};

/** Start of the half-open UTC window `[start, start + width)` that holds an instant. */
export function windowStart(tier: Tier, at: number): number {
  return at - (at % tierWidthMs[tier]);
}

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
