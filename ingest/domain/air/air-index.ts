import type {
  AirIndex,
  IndexPollutant,
  IndexScheme,
  SubIndex,
} from '../../../broker/contract/air.ts';
import { indexSchemes } from '../../../broker/contract/air.ts';
import type { MeasurementMethod, Station } from '../../../broker/contract/device.ts';
import { eaqi2017 } from './eaqi-2017.ts';
import { eaqi2024 } from './eaqi-2024.ts';
import { type IndexOptions, noDataColour, type RecentHours, type Scheme } from './index-scheme.ts';
import { lqi2025 } from './lqi-2025.ts';
import { isBeyondAqi, usAqi2024 } from './us-aqi-2024.ts';

const schemes: Readonly<Record<IndexScheme, Scheme>> = {
  'EAQI-2024': eaqi2024,
  'EAQI-2017': eaqi2017,
  'LQI-2025': lqi2025,
  'US-AQI-2024': usAqi2024,
};

/** An index by its versioned name: for legends, its levels and colours. */
export function schemeOf(name: IndexScheme): Scheme {
  return schemes[name];
}

/** All indices, in the order that they are offered. */
export const allSchemes: readonly Scheme[] = indexSchemes.map(schemeOf);

/** Hourly means of each pollutant that is measured, newest first. */
export type PollutantHours = Partial<Record<IndexPollutant, RecentHours>>;

/** Values of such methods are shown as indicative, and never count for compliance. */
export function isIndicative(method: MeasurementMethod | undefined): boolean {
  return method !== 'reference' && method !== 'equivalent';
}

/**
 * The index of a station: the worst of its sub-indices, with the pollutant that drives it. Missing pollutants
 * are skipped and named; nothing is filled from models.
 */
export function airIndex(
  name: IndexScheme,
  hours: PollutantHours,
  { station, ...options }: IndexOptions & { station?: Partial<Station> | undefined } = {},
): AirIndex {
  const scheme = schemes[name];
  const subIndices = scheme.pollutants
    .map((pollutant) => scheme.subIndex(pollutant, hours[pollutant] ?? [], options))
    .filter((found) => found !== null);
  const measured = new Set(subIndices.map(({ pollutant }) => pollutant));
  const missing = scheme.pollutants.filter((pollutant) => !measured.has(pollutant));
  const minimum = scheme.minimum(station?.siteType === 'traffic');
  const worst = worstOf(subIndices);
  return {
    scheme: name,
    level: worst?.level ?? null,
    category: worst?.category ?? null,
    colour: worst?.colour ?? noDataColour,
    score: worst?.score ?? null,
    driver: worst?.pollutant ?? null,
    subIndices,
    missing,
    incomplete: !minimum.every((group) => group.some((pollutant) => measured.has(pollutant))),
    indicative: isIndicative(station?.method),
    ...(name === 'LQI-2025' ? { circle: missing.length === 0 ? 'full' : 'open' } : {}),
    ...(name === 'US-AQI-2024' ? { beyond: worst !== undefined && isBeyondAqi(worst.score) } : {}),
  };
}

/** The worst level, then the higher score, then the scheme's order. */
function worstOf(subIndices: readonly SubIndex[]): SubIndex | undefined {
  return subIndices.reduce<SubIndex | undefined>((worst, one) => {
    if (!worst || one.level > worst.level) return one;
    return one.level === worst.level && one.score > worst.score ? one : worst;
  }, undefined);
}
