import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rollUpRows, rollUpSamples } from '../../../../ingest/domain/roll-up.ts';
import {
  type Fields,
  goneFields,
  readingOf,
  tierFields,
  tierRowFields,
  tierRowOf,
  wholeFields,
} from '../../../../ingest/store/influx/fields.ts';
import { expectedOf, type TierRow } from '../../../../ingest/store/tier-rows.ts';
import { stored } from '../../../support/stored.ts';

const day = Date.UTC(2025, 10, 13);
const minuteMs = 60_000;

/** A row as it comes back from InfluxDB: its fields in the order of the columns. */
const readBack = (tier: '1m' | '1h', row: TierRow): TierRow => {
  const fields = tierRowFields(row);
  return tierRowOf(
    tier,
    row.at,
    tierFields.map((name) => fields[name] ?? null),
  );
};

const samplesOf = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 1, max: 40_000 }),
    value: fc.double({ min: -40, max: 100, noNaN: true }),
    flag: fc.constantFrom(1, 2, 3, 4),
  }),
  { maxLength: 12 },
);

describe('a row of a tier', () => {
  test('reads back as it was computed, with its nulls, whatever its samples were', () => {
    fc.assert(
      fc.property(
        samplesOf,
        fc.constantFrom('gauge' as const, 'state' as const),
        fc.integer({ min: 1_000, max: 90_000 }),
        (drawn, kind, intervalMs) => {
          let at = day - minuteMs;
          const samples = {
            at: drawn.map(({ gapMs }) => {
              at += gapMs;
              return at;
            }),
            value: drawn.map(({ value }) => value),
            flag: drawn.map(({ flag }) => flag),
          };
          const shape = { kind, intervalMs };
          const of = { samples, begin: 0, end: drawn.length };
          const minutes = [0, 1, 2].flatMap(
            (minute) => rollUpSamples('1m', shape, day + minute * minuteMs, of) ?? [],
          );
          const hours = [
            rollUpRows('1h', shape, day, minutes),
            rollUpSamples('1h', shape, day, of),
          ];
          const rest = { expected: expectedOf('1m', intervalMs), revision: 3, resultAt: day + 9 };
          for (const row of minutes) {
            expect(readBack('1m', { ...row, ...rest })).toStrictEqual({ ...row, ...rest });
          }
          for (const row of hours) {
            if (row) expect(readBack('1h', { ...row, ...rest })).toStrictEqual({ ...row, ...rest });
          }
        },
      ),
      { seed: 4, numRuns: 500 },
    );
  });

  test('writes each of its fields with one type for good', () => {
    expect(Object.keys(goneFields)).toEqual([...tierFields]);
    // Floating point from the first version on: a point that says otherwise is refused by the server.
    for (const name of ['value', 'mean', 'min', 'max']) expect(wholeFields.has(name)).toBe(false);
    expect(wholeFields.has('count')).toBe(true);
  });

  test('of before there were coverage and quality says what is known, and nothing else', () => {
    const known: Partial<Fields> = { count: 4, mean: 2.5, min: 1, max: 7 };
    const cells = tierFields.map((name) => known[name] ?? null);
    expect(tierRowOf('1h', day, cells)).toMatchObject({
      count: 4,
      mean: 2.5,
      sum: 10,
      min: 1,
      minAt: null,
      max: 7,
      first: null,
      coveredMs: 0,
      notEvaluated: 4,
      expected: 0,
      revision: 0,
      resultAt: day + 3_600_000,
    });
  });
});

describe('a raw row', () => {
  test('reads back as the reading was', () => {
    const reading = stored({
      device: 'museum/hall',
      metric: 'pm10',
      at: day,
      value: -0.1,
      flag: 3,
      reasons: 5,
      receivedAt: day + 7,
    });
    const { value, flag, reasons, receivedAt } = reading;
    const back = readingOf(day, [value, flag, reasons, receivedAt]);
    expect(back).toEqual({ value, flag, reasons, receivedAt });
  });

  test('of before there was quality is not evaluated and arrived when it was measured', () => {
    const expected = { value: 3, flag: 2, reasons: 0, receivedAt: day };
    expect(readingOf(day, [3, null, null, null])).toEqual(expected);
  });

  test('without a value is none', () => {
    expect(readingOf(day, [null, 3, 1, day])).toBeUndefined();
  });
});
