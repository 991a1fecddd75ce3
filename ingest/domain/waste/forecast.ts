import type { FillForecast } from '../../../broker/contract/waste.ts';
import { quantile, sorted } from './fill.ts';
import { wasteRuleSet as rules } from './rule-set.ts';

const hourMs = 3_600_000;

export interface FillSample {
  /** Event time, epoch ms UTC. */
  at: number;
  percent: number;
}

/** How fast a container fills, by the samples since it was emptied. */
export interface FillRate {
  /** %/h: the middle of the slopes of all pairs, and the middle half of them. */
  perHour: number;
  lowPerHour: number;
  highPerHour: number;
  /** The fitted line: its level at `at`. */
  percent: number;
  at: number;
  /** The first sample that it is fitted to. */
  from: number;
}

/**
 * Theil-Sen: the median of the slopes of all pairs, which a few wrong echoes do not move. Null for fewer than 4
 * samples or less than 6 h.
 *
 * @param samples in ascending order of time
 */
export function fillRate(samples: readonly FillSample[]): FillRate | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || samples.length < rules.rateSamplesMin) return null;
  if (last.at - first.at < rules.rateSpanMs) return null;
  const thin = thinned(samples);
  const slopes = pairwiseSlopes(thin);
  const perHour = quantile(slopes, 0.5);
  const hoursBefore = (at: number): number => (last.at - at) / hourMs;
  const levels = sorted(thin.map(({ at, percent }) => percent + perHour * hoursBefore(at)));
  return {
    perHour,
    lowPerHour: quantile(slopes, 0.25),
    highPerHour: quantile(slopes, 0.75),
    percent: quantile(levels, 0.5),
    at: last.at,
    from: first.at,
  };
}

/** Evenly over the samples, the first and the last among them. */
function thinned(samples: readonly FillSample[]): readonly FillSample[] {
  const count = rules.rateSamplesMax;
  if (samples.length <= count) return samples;
  const step = (samples.length - 1) / (count - 1);
  return Array.from(
    { length: count },
    (_, index) => samples[Math.round(index * step)] as FillSample,
  );
}

/** Ascending; of samples of one instant there is no slope. */
function pairwiseSlopes(samples: readonly FillSample[]): Float64Array {
  const slopes: number[] = [];
  for (const [index, later] of samples.entries()) {
    for (let before = 0; before < index; before++) {
      const earlier = samples[before] as FillSample;
      const hours = (later.at - earlier.at) / hourMs;
      if (hours > 0) slopes.push((later.percent - earlier.percent) / hours);
    }
  }
  return sorted(slopes);
}

/**
 * Hours until a level is reached, 30 days at the most. Null: it does not fill (below 0.05 %/h), or too little is known.
 * 0: it is there already, by its newest value or by the fit.
 */
export function hoursTo(
  levelPercent: number,
  rate: FillRate | null,
  { at, percent }: FillSample,
): FillForecast | null {
  if (percent >= levelPercent) return { hours: 0, earliestHours: 0, latestHours: 0 };
  if (!rate || rate.perHour < rules.rateMin) return null;
  const fitted = rate.percent + (rate.perHour * (at - rate.at)) / hourMs;
  const hoursAt = (perHour: number): number =>
    Math.min(rules.forecastHoursMax, Math.max(0, (levelPercent - fitted) / perHour));
  const latest = rate.lowPerHour < rules.rateMin ? null : hoursAt(rate.lowPerHour);
  return {
    hours: hoursAt(rate.perHour),
    earliestHours: hoursAt(rate.highPerHour),
    latestHours: latest === rules.forecastHoursMax ? null : latest,
  };
}
