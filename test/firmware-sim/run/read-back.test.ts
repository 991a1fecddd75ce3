import { describe, expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import type { DeviceResult } from '../../../firmware-sim/run/ledger.ts';
import { addTo, emptySum, isSame, noteSamples } from '../../../firmware-sim/run/ledger.ts';
import { Comparison } from '../../../firmware-sim/run/read-back.ts';

const device: DeviceKey = 'p/d';
const sent = new Map([
  [1000, 1.5],
  [2000, 0],
  [3000, -2.25],
]);

function resultOf(unsure: DeviceResult['unsure'] = []): DeviceResult {
  const sums: DeviceResult['sums'] = new Map();
  noteSamples(
    sums,
    [...sent].map(([at, pm10]) => ({ at, values: { pm10 } })),
  );
  return { device, steps: 3, sums, unsure };
}

/** Compares with a store that has these rows. */
function compare(rows: [number, number][], result = resultOf()) {
  const comparison = new Comparison([result]);
  const part = (some: [number, number][]) => ({
    ...{ device, metric: 'pm10' as const },
    at: some.map(([at]) => at),
    value: some.map(([, value]) => value),
  });
  comparison.take(part(rows.slice(0, 1)));
  comparison.take(part(rows.slice(1)));
  const isDiffering = comparison.differing().length > 0;
  if (isDiffering) comparison.differ(part(rows), new Map(sent));
  return { ...comparison.end(), isDiffering };
}

describe('Comparison', () => {
  it.each([
    ['lost', [[1000, 1.5]], { equal: 1, lost: 2 }],
    ['nothing at all', [], { equal: 0, lost: 3 }],
    [
      'changed',
      [
        [1000, 1.5],
        [2000, 0.1],
        [3000, -2.25],
      ],
      { equal: 2, changed: 1 },
    ],
    [
      'twice',
      [
        [1000, 1.5],
        [2000, 0],
        [2000, 0],
        [3000, -2.25],
      ],
      { equal: 3, duplicated: 1 },
    ],
    [
      'of another run',
      [
        [1000, 1.5],
        [1500, 9],
        [2000, 0],
        [3000, -2.25],
      ],
      { equal: 3, extra: 1 },
    ],
  ] as [string, [number, number][], object][])('sees what is %s', (_what, rows, expected) => {
    expect(compare(rows)).toMatchObject({ keys: 3, isDiffering: true, ...expected });
  });

  it('says which differ', () => {
    const { examples } = compare([
      [1000, 1.5],
      [2000, 7],
    ]);
    expect(examples).toEqual([
      { device, metric: 'pm10', at: 2000, sent: 0, stored: 7 },
      { device, metric: 'pm10', at: 3000, sent: -2.25 },
    ]);
  });

  it('is content with all of it in any order, without looking at a row twice', () => {
    const found = compare([
      [3000, -2.25],
      [1000, 1.5],
      [2000, 0],
    ]);
    expect(found).toMatchObject({ keys: 3, equal: 3, lost: 0, changed: 0, isDiffering: false });
  });

  it('leaves out what nobody answered for, there or not', () => {
    const result = resultOf([{ at: 4000, values: { pm10: 4 } }]);
    const rows = [...sent] as [number, number][];
    expect(compare(rows, result)).toMatchObject({ keys: 3, equal: 3, unanswered: 0 });
    expect(compare([...rows, [4000, 4]], result)).toMatchObject({
      equal: 3,
      unanswered: 1,
      extra: 0,
    });
  });

  it('judges by counts what it was not given again', () => {
    const comparison = new Comparison([resultOf()]);
    comparison.take({ device, metric: 'pm10', at: [1000], value: [1.5] });
    expect(comparison.end()).toMatchObject({
      keys: 3,
      equal: 1,
      lost: 2,
      series: { differing: 1 },
    });
  });
});

describe('sums', () => {
  it('tell sets of readings apart, whatever their order', () => {
    const random = createRandom(5);
    const readings = Array.from(
      { length: 500 },
      () => [random.index(1e9) * 1e4, random.next()] as const,
    );
    const sumOf = (some: readonly (readonly [number, number])[]) => {
      const sum = emptySum();
      for (const [at, value] of some) addTo(sum, at, value);
      return sum;
    };
    const whole = sumOf(readings);
    expect(isSame(whole, sumOf(random.shuffled(readings)))).toBe(true);
    for (let turn = 0; turn < 100; turn++) {
      const spoilt = readings.map((each) => [...each] as [number, number]);
      const victim = spoilt[random.index(500)];
      if (victim) victim[turn % 2] = (victim[turn % 2] ?? 0) + (turn % 2 === 0 ? 1 : 1e-12);
      expect(isSame(whole, sumOf(spoilt))).toBe(false);
    }
    expect(isSame(sumOf([[1, -0]]), sumOf([[1, 0]]))).toBe(true);
  });
});
