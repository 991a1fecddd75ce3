/** Roll-up tiers, finest first; each is made from the one before, the first from raw. Free of schemas. */
export const tiers = ['1m', '1h', '1d'] as const;
export type Tier = (typeof tiers)[number];

export const resolutions = ['raw', ...tiers] as const;
export type Resolution = (typeof resolutions)[number];

export const tierWidthMs: Readonly<Record<Tier, number>> = {
  '1m': 60_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};

/** Start of the half-open UTC window `[start, start + width)` that holds an instant. */
export function windowStart(tier: Tier, at: number): number {
  return at - (at % tierWidthMs[tier]);
}

/**
 * What a day is: `utc`; `civil` in a time zone, for screens (23 or 25 h when clocks change); `legal`, always
 * 24 h at UTC+1 without summer time, for limit values (reporting under 2011/850/EU as the EEA publishes it).
 * Legal and civil days must never stand for one another: the same hours can exceed on one and not on the other.
 */
export const dayKinds = ['utc', 'civil', 'legal'] as const;
export type DayKind = (typeof dayKinds)[number];
