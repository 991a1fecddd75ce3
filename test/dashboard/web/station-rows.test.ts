import { describe, expect, it } from 'vitest';
import type { IndexPollutant, StationIndex } from '../../../broker/contract/air.ts';
import { limitRows } from '../../../dashboard/web/air/limit-rows.ts';
import { chosenScheme } from '../../../dashboard/web/air/schemes.ts';
import {
  districtsOf,
  levelCountsOf,
  stationSort,
  stationsOf,
  whySilent,
  worstOf,
} from '../../../dashboard/web/air/station-rows.ts';
import { sortedBy } from '../../../dashboard/web/state/sorting.ts';
import { row } from './rows.ts';

interface Part {
  level?: number | null;
  score?: number;
  method?: StationIndex['method'];
  driver?: IndexPollutant;
}

/** A station of provider `p`; without a level it has no index in the hour. */
function station(
  id: string,
  { level = 1, score = (level ?? 0) + 0.5, method = 'reference', driver = 'pm10' }: Part = {},
): StationIndex {
  return {
    device: `p/${id}`,
    method,
    index: {
      scheme: 'EAQI-2024',
      level,
      category: level === null ? null : 'moderate',
      colour: '#6F6F6F',
      score: level === null ? null : score,
      driver: level === null ? null : driver,
      subIndices: [],
      missing: [],
      incomplete: method === 'maker',
      indicative: method === 'maker',
    },
  };
}

const places: Readonly<Record<string, string>> = {
  a: 'Nord',
  b: 'Nord',
  c: 'Süd',
  d: 'Süd',
  e: 'West',
};
const rowOf = (key: string) => {
  const id = key.slice(2);
  return id in places ? row(id, { name: id.toUpperCase(), district: places[id] }) : undefined;
};

describe('stations', () => {
  it('are none where none were asked', () => {
    const none = stationsOf([], rowOf);
    expect(none).toEqual({ reference: [], indicative: [], silent: [] });
    expect(districtsOf(none)).toEqual([]);
    expect(worstOf([])).toMatchObject({ level: null, reporting: 0, stations: 0 });
  });

  it('are divided by method and by whether they report, worst first', () => {
    const found = stationsOf(
      [
        station('a', { level: 2 }),
        station('b', { level: 5, method: 'maker' }),
        station('c', { level: 3 }),
        station('d', { level: null }),
        station('unknown', { level: 3, score: 3.9 }),
      ],
      rowOf,
    );
    expect(found.reference.map(({ key }) => key)).toEqual(['p/unknown', 'p/c', 'p/a']);
    expect(found.indicative.map(({ key }) => key)).toEqual(['p/b']);
    expect(found.silent.map(({ key }) => key)).toEqual(['p/d']);
    expect(found.reference[0]).toMatchObject({ name: 'p/unknown', district: undefined });
  });

  it('never count a maker’s sensor as a station, nor take a mean', () => {
    const found = stationsOf(
      [
        station('a', { level: 1 }),
        station('b', { level: 6, method: 'maker' }),
        station('c', { level: null }),
        station('d', { level: 3, method: 'maker' }),
        station('e', { level: null, method: 'maker' }),
      ],
      rowOf,
    );
    const [north, south, west] = districtsOf(found);
    // In the south only a maker's sensor reports: that counts, below no station but of itself.
    expect(north).toMatchObject({ district: 'Süd', level: 3 });
    expect(north?.reference).toMatchObject({ level: null, reporting: 0, stations: 1 });
    expect(north?.indicative).toMatchObject({ level: 3, reporting: 1, stations: 1 });
    expect(south).toMatchObject({ district: 'Nord', level: 1 });
    expect(south?.indicative).toMatchObject({ level: 6, worst: 'p/b' });
    expect(west).toMatchObject({ district: 'West', level: 0 });
  });

  it('without a district come together, after the named of the same level', () => {
    const found = stationsOf(
      [station('x', { level: 2, score: 2.5 }), station('a', { level: 2, score: 2.5 })],
      rowOf,
    );
    expect(districtsOf(found).map(({ district }) => district)).toEqual(['Nord', undefined]);
  });

  it('are counted by level, all of them and nothing else', () => {
    const levels = [1, 3, 3, 2, 3];
    const found = stationsOf(
      levels.map((level, index) => station(String(index), { level })),
      rowOf,
    );
    const counts = levelCountsOf(found.reference);
    expect(counts.map(({ level, count }) => [level, count])).toEqual([
      [3, 3],
      [2, 1],
      [1, 1],
    ]);
    expect(levelCountsOf(stationsOf([station('a', { level: null })], rowOf).silent)).toEqual([]);
  });

  it('are sorted by a pollutant with those last that did not measure it, both ways', () => {
    const measured = station('a');
    measured.index.subIndices = [
      { pollutant: 'no2', value: 20, level: 2, category: 'fair', colour: '#000000', score: 2 },
    ];
    const { reference } = stationsOf([station('b'), measured], rowOf);
    for (const descending of [false, true]) {
      const sorted = sortedBy(reference, { column: 'no2', descending }, stationSort);
      expect(sorted.map(({ key }) => key)).toEqual(['p/a', 'p/b']);
    }
  });
});

describe('why a station has no index', () => {
  it.each([
    ['never', { status: 'never', lastSeenAt: undefined, metrics: [] }],
    ['no-pollutant', { metrics: ['temperature'] }],
    ['offline', { status: 'offline', lastSeenAt: 1, metrics: ['pm10'] }],
    ['too-little', { metrics: ['pm10'] }],
  ] as const)('%s', (why, { metrics, ...part }) => {
    expect(whySilent(row('a', { ...part, metrics: [...metrics] }), ['pm10', 'no2'])).toBe(why);
  });

  it('says no more than it knows of a device that it does not know', () => {
    expect(whySilent(undefined, ['pm10'])).toBe('too-little');
  });
});

describe('limits', () => {
  it('each have their source, and a guideline is none of the law', () => {
    const rows = limitRows('o3');
    expect(rows.every(({ source }) => source !== '')).toBe(true);
    expect(rows.filter(({ kind }) => kind === 'guideline').map(({ rules }) => rules)).toEqual([
      'WHO-2021',
      'WHO-2021',
    ]);
    expect(limitRows('temperature')).toEqual([]);
  });
});

describe('the scheme', () => {
  it('is the first one wanted that there is', () => {
    expect(chosenScheme(undefined, null)).toBe('EAQI-2024');
    expect(chosenScheme('EAQI-1999', 'LQI-2025')).toBe('LQI-2025');
    expect(chosenScheme('US-AQI-2024', 'LQI-2025')).toBe('US-AQI-2024');
  });
});
