import type { CityIndex, StationIndex } from '../../../broker/contract/air.ts';
import { noDataColour } from './index-scheme.ts';

/**
 * A city's index: that of its worst reporting station, with the number of those that report. Not a mean: a
 * mean of indices says of no place how its air is.
 */
export function cityIndex(stations: readonly StationIndex[]): CityIndex {
  const reporting = stations.filter(({ index }) => index.level !== null);
  const worst = reporting.reduce<StationIndex | undefined>(
    (found, one) => (found && !isWorse(one, found) ? found : one),
    undefined,
  );
  return {
    worst: worst?.device ?? null,
    level: worst?.index.level ?? null,
    category: worst?.index.category ?? null,
    colour: worst?.index.colour ?? noDataColour,
    driver: worst?.index.driver ?? null,
    reporting: reporting.length,
    incomplete: reporting.filter(({ index }) => index.incomplete).length,
    indicative: reporting.filter(({ index }) => index.indicative).length,
    stations: stations.length,
  };
}

/** By level, then by score; between equals the first by name, so that the answer does not depend on order. */
function isWorse(one: StationIndex, other: StationIndex): boolean {
  const byLevel = (one.index.level ?? 0) - (other.index.level ?? 0);
  if (byLevel !== 0) return byLevel > 0;
  const byScore = (one.index.score ?? 0) - (other.index.score ?? 0);
  return byScore === 0 ? one.device < other.device : byScore > 0;
}
