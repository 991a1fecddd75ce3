import { describe, expect, it } from 'vitest';
import type { AlarmCondition } from '../../../../broker/contract/alarm-rules.ts';
import { type Given, minute, ruleOf, turnsOf } from './support.ts';

type Row = readonly [what: string, samples: readonly Given[], turns: string];

function table(condition: Record<string, unknown>, rows: readonly Row[]): void {
  it.each(rows)('%s', (_, samples, turns) => {
    const rule = ruleOf({ condition: condition as AlarmCondition });
    expect(turnsOf(rule, samples)).toBe(turns);
  });
}

/** One sample a minute from minute 1 on. */
const minutely = (...values: number[]): Given[] =>
  values.map((value, index) => [index + 1, value] as const);

describe('threshold', () => {
  describe('gt 50', () => {
    table({ type: 'threshold', op: 'gt', value: 50 }, [
      ['equal is not greater', minutely(50, 50), ''],
      ['above, then back', minutely(50, 50.1, 60, 50), '+2 -4'],
      ['negative values are below', minutely(-60), ''],
      ['a bad sample does not count', [[1, 99, 4]], ''],
      ['a missing value does not count', [[1, 99, 9]], ''],
      ['a suspect sample does not count unless the rule says so', [[1, 99, 3]], ''],
      [
        'a bad sample does not clear',
        [
          [1, 60],
          [2, 10, 4],
          [3, 10],
        ],
        '+1 -3',
      ],
      ['what is not evaluated counts', [[1, 99, 2]], '+1'],
      [
        'the same sample twice changes nothing',
        [
          [1, 60],
          [1, 60],
          [1, 10],
          [2, 10],
        ],
        '+1 -2',
      ],
      [
        'an older sample that comes later changes nothing',
        [
          [5, 60],
          [4, 10],
          [6, 61],
        ],
        '+5',
      ],
      [
        'silence does not clear',
        [
          [1, 60],
          [500, 60],
          [501, 1],
        ],
        '+1 -501',
      ],
    ]);
  });
  describe('gt 50 with hysteresis at 45', () => {
    table({ type: 'threshold', op: 'gt', value: 50, clearAt: 45 }, [
      ['between the limits nothing changes', minutely(51, 49, 46, 45.1), '+1'],
      ['over at 45', minutely(51, 49, 45), '+1 -3'],
      ['between them from below: not on', minutely(44, 49, 50, 49), ''],
      ['flapping around 50 is one alarm', minutely(51, 49, 51, 49, 51, 49, 51), '+1'],
    ]);
  });
  describe.each([
    ['gte', 50, [49.9, 50, 49.9], '+2 -3'],
    ['lt', 20, [20, 19.9, 20], '+2 -3'],
    ['lte', 20, [20.1, 20, 20.1], '+2 -3'],
    ['eq', 1, [0, 1, 1, 0], '+2 -4'],
  ] as const)('%s %d', (op, value, values, turns) => {
    table({ type: 'threshold', op, value }, [['on and off', minutely(...values), turns]]);
  });
  it('says what was broken', () => {
    const rule = ruleOf({
      condition: { type: 'threshold', op: 'gt', value: 50 },
      countsSuspect: true,
    });
    expect(turnsOf(rule, [[1, 99, 3]])).toBe('+1');
  });
});

describe('outside of 10 to 30, hysteresis 2', () => {
  table({ type: 'outside', min: 10, max: 30, hysteresis: 2 }, [
    ['both ends are inside', minutely(10, 30), ''],
    ['below, back only at 12', minutely(9.9, 11, 11.9, 12), '+1 -4'],
    ['above, back only at 28', minutely(30.1, 29, 28.1, 28), '+1 -4'],
    ['from one side to the other is one alarm', minutely(9, 31, 20), '+1 -3'],
  ]);
});

describe('rate', () => {
  describe('gt 5 in a minute over 10 minutes', () => {
    table({ type: 'rate', op: 'gt', perMinute: 5, withinMs: 10 * minute }, [
      ['one sample says nothing', [[1, 500]], ''],
      ['5 in a minute is not more than 5', minutely(0, 5, 10), ''],
      ['6 in a minute', minutely(0, 6), '+2'],
      ['a fall is no rise', minutely(100, 0), ''],
      [
        'a gap begins anew: the jump over it is none',
        [
          [1, 0],
          [10, 500],
          [11, 500],
        ],
        '',
      ],
      [
        'over the window, not from sample to sample',
        minutely(0, 1, 2, 50, 50, 50, 50, 50, 50, 50, 50),
        '+4 -11',
      ],
    ]);
  });
  describe('lt -1 in a minute', () => {
    table({ type: 'rate', op: 'lt', perMinute: -1, withinMs: 5 * minute }, [
      ['a fall', minutely(10, 8.9), '+2'],
      ['a rise is no fall', minutely(8, 10), ''],
    ]);
  });
});

describe('delta', () => {
  describe('50 percent within 10 minutes', () => {
    table({ type: 'delta', change: 50, unit: 'percent', withinMs: 10 * minute }, [
      ['the first value is no change', [[1, 1000]], ''],
      ['50 % is not more than 50 %', minutely(100, 150), ''],
      ['51 %', minutely(100, 151), '+2'],
      ['down counts too', minutely(100, 49), '+2'],
      ['the sign counts: -10 to 10 is 200 %', minutely(-10, 10), '+2'],
      ['of zero there is no percentage', minutely(0, 5), ''],
      ['zero that stays zero', minutely(0, 0, 0), ''],
      ['from a negative value, by its magnitude', minutely(-100, -149), ''],
      [
        'over when the window has moved on',
        [
          [1, 100],
          [3, 200],
          [5, 200],
          [7, 200],
          [9, 200],
          [11, 200],
          [13, 200],
        ],
        '+3 -13',
      ],
    ]);
  });
  describe('absolute 10', () => {
    table({ type: 'delta', change: 10, withinMs: 10 * minute }, [
      ['from zero', minutely(0, 10.5), '+2'],
      ['slowly within the window', minutely(0, 4, 8, 12), '+4'],
      [
        'over a gap: not known',
        [
          [1, 0],
          [60, 100],
        ],
        '',
      ],
    ]);
  });
});

describe('stuck for 5 minutes', () => {
  table({ type: 'stuck', durationMs: 5 * minute }, [
    ['long enough', minutely(7, 7, 7, 7, 7, 7), '+6'],
    ['not long enough', minutely(7, 7, 7, 7, 7), ''],
    ['another value begins anew', minutely(7, 7, 7, 7, 7.1, 7, 7, 7, 7), ''],
    ['over with the first other value', minutely(7, 7, 7, 7, 7, 7, 7, 8), '+6 -8'],
    [
      'silence is not standing still',
      [
        [1, 7],
        [30, 7],
        [31, 7],
      ],
      '',
    ],
    [
      'the same value after a gap does not clear',
      [
        [1, 7],
        [3, 7],
        [5, 7],
        [6, 7],
        [60, 7],
        [61, 8],
      ],
      '+6 -61',
    ],
  ]);
});

describe('stuck within 0.1', () => {
  table({ type: 'stuck', tolerance: 0.1, durationMs: 3 * minute }, [
    ['noise within the tolerance', minutely(7, 7.1, 7, 7.1), '+4'],
    ['a slow drift is not standing still', minutely(7, 7.1, 7.2, 7.3, 7.4, 7.5), ''],
  ]);
});

describe('count: gt 50 three times within 10 minutes', () => {
  table({ type: 'count', op: 'gt', value: 50, times: 3, withinMs: 10 * minute }, [
    ['three, with others between', minutely(51, 1, 52, 1, 53), '+5'],
    ['two', minutely(51, 1, 52, 1), ''],
    [
      'too far apart',
      [
        [1, 51],
        [7, 52],
        [12, 53],
      ],
      '',
    ],
    [
      'gaps do not matter',
      [
        [1, 51],
        [5, 52],
        [9, 53],
      ],
      '+9',
    ],
    [
      'over when the first has gone',
      [
        [1, 51],
        [2, 51],
        [3, 51],
        [4, 1],
        [11, 1],
      ],
      '+3 -11',
    ],
  ]);
});

describe('quality', () => {
  describe('bad', () => {
    table({ type: 'quality', flag: 'bad' }, [
      [
        'bad',
        [
          [1, 5, 4],
          [2, 5, 1],
        ],
        '+1 -2',
      ],
      ['suspect is not bad', [[1, 5, 3]], ''],
      ['missing is not bad', [[1, 5, 9]], ''],
    ]);
  });
  describe('suspect', () => {
    table({ type: 'quality', flag: 'suspect' }, [
      [
        'suspect and worse',
        [
          [1, 5, 3],
          [2, 5, 4],
          [3, 5, 2],
        ],
        '+1 -3',
      ],
      ['not evaluated is not suspect', [[1, 5, 2]], ''],
    ]);
  });
});
