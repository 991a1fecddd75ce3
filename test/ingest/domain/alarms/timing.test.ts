import { describe, expect, it } from 'vitest';
import { type Given, minute, ruleOf, turnsOf } from './support.ts';

const condition = { type: 'threshold', op: 'gt', value: 50 } as const;

describe('for 5 minutes', () => {
  const rule = ruleOf({ condition, forMs: 5 * minute });
  it.each<[string, Given[], string]>([
    [
      'holds long enough',
      [
        [0, 60],
        [2, 60],
        [4, 60],
        [5, 60],
      ],
      '+5',
    ],
    [
      'a sample before: not yet',
      [
        [0, 60],
        [2, 60],
        [4, 60],
      ],
      '',
    ],
    [
      'nothing is presumed after the last sample',
      [
        [0, 60],
        [4, 60],
        [4.9, 60],
      ],
      '',
    ],
    [
      'one that is over begins anew',
      [
        [0, 60],
        [2, 60],
        [4, 50],
        [5, 60],
        [7, 60],
        [9, 60],
      ],
      '',
    ],
    [
      'a gap is never "it holds"',
      [
        [0, 60],
        [3, 60],
        [6, 60],
      ],
      '',
    ],
    [
      'a gap of exactly 2.5 intervals is none',
      [
        [0, 60],
        [2.5, 60],
        [5, 60],
      ],
      '+5',
    ],
    [
      'after a gap the time counts from there',
      [
        [0, 60],
        [60, 60],
        [62, 60],
        [64, 60],
        [65, 60],
      ],
      '+65',
    ],
    [
      'a bad sample neither holds nor ends it',
      [
        [0, 60],
        [1, 1, 4],
        [2, 60],
        [4, 60],
        [5, 60],
      ],
      '+5',
    ],
    [
      'only bad samples are a gap',
      [
        [0, 60],
        [1, 60, 4],
        [2, 60, 4],
        [3, 60, 4],
        [5, 60],
      ],
      '',
    ],
    [
      'out of order changes nothing',
      [
        [0, 60],
        [2, 60],
        [1, 10],
        [4, 60],
        [5, 60],
      ],
      '+5',
    ],
    [
      'twice changes nothing',
      [
        [0, 60],
        [2, 60],
        [2, 10],
        [4, 60],
        [5, 60],
      ],
      '+5',
    ],
  ])('%s', (_, samples, turns) => expect(turnsOf(rule, samples)).toBe(turns));
});

describe('clear for 5 minutes', () => {
  const rule = ruleOf({ condition, clearForMs: 5 * minute });
  it.each<[string, Given[], string]>([
    [
      'over long enough',
      [
        [0, 60],
        [1, 1],
        [3, 1],
        [5, 1],
        [6, 1],
      ],
      '+0 -6',
    ],
    [
      'comes back: stays on',
      [
        [0, 60],
        [1, 1],
        [3, 1],
        [4, 60],
        [5, 1],
        [7, 1],
        [9, 1],
      ],
      '+0',
    ],
    [
      'a gap is never "it is over"',
      [
        [0, 60],
        [1, 1],
        [60, 1],
        [61, 1],
      ],
      '+0',
    ],
    [
      'flapping is one alarm',
      [
        [0, 60],
        [1, 1],
        [2, 60],
        [3, 1],
        [4, 60],
        [5, 1],
      ],
      '+0',
    ],
  ])('%s', (_, samples, turns) => expect(turnsOf(rule, samples)).toBe(turns));
});
