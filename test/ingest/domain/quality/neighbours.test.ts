import { describe, expect, it } from 'vitest';
import { reasonBits } from '../../../../broker/contract/quality.ts';
import { noVerdict } from '../../../../ingest/domain/quality/arrival.ts';
import {
  distanceM,
  hourValue,
  judgeNeighbours,
  neighbourhoodOf,
} from '../../../../ingest/domain/quality/neighbours.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('the comparison with neighbours', () => {
  it.each([
    // Median 12, MAD 2: 3 * 1.4826 * 2 = 8.9 is more than half of 12 and than 5.
    ['within three deviations', 20.8, [10, 12, 14], 0],
    ['beyond three deviations', 21, [10, 12, 14], reasonBits.neighbours],
    ['beyond them below', 3, [10, 12, 14], reasonBits.neighbours],
    // All the same: half of the median counts.
    ['within half of the median', 60, [40, 40, 40], 0],
    ['beyond half of the median', 60.1, [40, 40, 40, 40], reasonBits.neighbours],
    // Little of everything: the floor counts.
    ['within the floor', 9, [4, 4, 4], 0],
    ['beyond the floor', 9.1, [4, 4, 4], reasonBits.neighbours],
    ['with two neighbours', 500, [4, 4], noVerdict],
    ['without any', 500, [], noVerdict],
  ])('says of a value %s: %s', (_what, value, others, expected) => {
    expect(judgeNeighbours(value, others, 5)).toBe(expected);
  });
});

describe('the hourly value', () => {
  const columns = (count: number, everyMs: number, value: (index: number) => number) => ({
    at: Array.from({ length: count }, (_, index) => 7 * hour + index * everyMs),
    value: Array.from({ length: count }, (_, index) => value(index)),
    flag: Array.from({ length: count }, () => 1),
  });

  it.each([
    [18, undefined],
    [19, 9],
  ])('of a node that sends every 145 s, with %d samples, is %s', (count, expected) => {
    expect(
      hourValue(
        columns(count, 145_000, () => 9),
        7 * hour,
        145_000,
      ),
    ).toBe(expected);
  });

  it('leaves bad samples out, of the mean and of the coverage', () => {
    const samples = columns(60, minute, (index) => (index === 5 ? 900 : 10));
    samples.flag[5] = 4;
    expect(hourValue(samples, 7 * hour, minute)).toBe(10);
    samples.flag.fill(4, 0, 16);
    expect(hourValue(samples, 7 * hour, minute)).toBeUndefined();
  });

  it('is not raised by a burst', () => {
    const samples = columns(60, minute, () => 20);
    const burst = Array.from({ length: 100 }, (_, index) => 8 * hour - 59_000 + index);
    samples.at.push(...burst);
    samples.value.push(...burst.map(() => 500));
    samples.flag.push(...burst.map(() => 1));
    expect(hourValue(samples, 7 * hour, minute)).toBeCloseTo((59 * 20 + 48_020 / 97) / 60, -1);
    expect(hourValue(samples, 7 * hour, minute)).toBeLessThan(29);
  });

  it('of another hour is not this one', () => {
    expect(
      hourValue(
        columns(60, minute, () => 9),
        8 * hour,
        minute,
      ),
    ).toBeUndefined();
  });
});

describe('the neighbourhood', () => {
  const ulm = { lat: 48.4, lon: 9.99 };
  /** A place so many metres to the north or east. */
  const away = (northM: number, eastM = 0) => ({
    lat: ulm.lat + northM / 111_195,
    lon: ulm.lon + eastM / (111_195 * Math.cos((ulm.lat * Math.PI) / 180)),
  });

  it('knows distances on the globe', () => {
    expect(distanceM(ulm, away(4_990))).toBeCloseTo(4_990, 0);
    // Ulm to Stuttgart.
    expect(distanceM({ lat: 48.3984, lon: 9.9916 }, { lat: 48.7758, lon: 9.1829 })).toBeCloseTo(
      72_800,
      -3,
    );
  });

  it('reaches five kilometres, and leaves out the device itself', () => {
    const places = [
      { name: 'self', location: ulm },
      { name: 'beside', location: ulm },
      { name: 'north', location: away(4_990) },
      { name: 'east', location: away(0, -4_990) },
      { name: 'corner', location: away(3_500, 3_500) },
      { name: 'too far', location: away(5_010) },
      { name: 'far corner', location: away(3_600, 3_600) },
    ];
    const neighbours = neighbourhoodOf(places)({ name: 'self', location: ulm });
    expect(neighbours).toEqual(['beside', 'corner', 'east', 'north']);
  });

  it('takes the nearest where there are many, as comparing all of them does', () => {
    const places = Array.from({ length: 400 }, (_, index) => ({
      name: `p${index}`,
      location: away(((index * 7919) % 9_001) - 4_500, ((index * 104_729) % 9_001) - 4_500),
    }));
    const found = neighbourhoodOf(places);
    for (const place of places.slice(0, 40)) {
      const expected = places
        .filter(({ name }) => name !== place.name)
        .map(({ name, location }) => ({ name, metres: distanceM(place.location, location) }))
        .filter(({ metres }) => metres <= 5_000)
        .sort((a, b) => a.metres - b.metres || (a.name < b.name ? -1 : 1))
        .slice(0, 20)
        .map(({ name }) => name);
      expect(found(place)).toEqual(expected);
    }
  });
});
