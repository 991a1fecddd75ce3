import type {
  IndexCategory,
  IndexPollutant,
  IndexScheme,
  SubIndex,
} from '../../../broker/contract/air.ts';
import { roundHalfUp } from './rounding.ts';

/**
 * Hourly means of one pollutant, newest first: `[0]` is the hour that is asked for. Null: not measured, or too little
 * of it; whoever reads hours decides that by `hourCaptureMin`.
 */
export type RecentHours = readonly (number | null)[];

export interface IndexLevel {
  category: IndexCategory;
  colour: string;
}

/** One versioned air-quality index: its data, and how it averages. */
export interface Scheme {
  name: IndexScheme;
  /** From the best to the worst; level 1 is the first. */
  levels: readonly IndexLevel[];
  /** In the order that decides between equals. */
  pollutants: readonly IndexPollutant[];
  /** Hours that the scheme looks back, the asked one included. */
  hours: number;
  /** What must be measured at such a site, else the whole is incomplete: one out of each group. */
  minimum(isTraffic: boolean): readonly (readonly IndexPollutant[])[];
  /** Null: no valid value. */
  subIndex(pollutant: IndexPollutant, hours: RecentHours, options: IndexOptions): SubIndex | null;
}

export interface IndexOptions {
  /** `rounded`: half up to a whole number, then the band. `exact`: bands with real-valued edges. */
  edges?: 'rounded' | 'exact';
}

/** Nothing measured. Any neutral grey will do; it is never the colour of a level. */
export const noDataColour = '#6F6F6F';

/** Upper ends of the bands of one pollutant, each included; the last one only scales the top band. */
export type Ceilings = readonly number[];

/** What was measured, if it can be: instruments read a little below zero in clean air, but not -1. */
export function plausible(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return roundHalfUp(value) < 0 ? null : value;
}

/** Level from 1: the first band whose ceiling is not exceeded; the top band is open. */
export function levelOf(value: number, ceilings: Ceilings): number {
  const index = ceilings.slice(0, -1).findIndex((ceiling) => value <= ceiling);
  return index < 0 ? ceilings.length : index + 1;
}

/** The level and the share of its band, never as much as the next level. `step`: from a ceiling to the next floor. */
export function scoreOf(
  value: number,
  level: number,
  { ceilings, step }: { ceilings: Ceilings; step: number },
): number {
  const floor = (ceilings[level - 2] ?? 0) + step;
  const ceiling = ceilings[level - 1] ?? floor + 1;
  return level + Math.min(0.99, Math.max(0, (value - floor) / (ceiling - floor)));
}

/** A sub-index with what its level looks like. */
export function subIndexOf(
  scheme: Pick<Scheme, 'levels'>,
  found: Pick<SubIndex, 'pollutant' | 'value' | 'level' | 'score'>,
): SubIndex | null {
  const level = scheme.levels[found.level - 1];
  return level ? { ...found, ...level } : null;
}

/** EEA: traffic sites need NO2 and particles, all others ozone too. */
export function europeanMinimum(isTraffic: boolean): readonly (readonly IndexPollutant[])[] {
  const particles = ['pm2_5', 'pm10'] as const;
  return isTraffic ? [['no2'], particles] : [['no2'], ['o3'], particles];
}
