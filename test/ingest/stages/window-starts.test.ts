import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../firmware-sim/random.ts';
import { WindowStarts } from '../../../ingest/stages/window-starts.ts';

describe('starts of windows', () => {
  it('are held like those of a set, be it one, several or none', () => {
    const random = createRandom(11);
    for (let round = 0; round < 200; round++) {
      const starts = new WindowStarts(0);
      const wanted = new Set([0]);
      for (let step = 0; step < 12; step++) {
        const start = random.index(4);
        if (random.index(2) === 0) {
          expect(starts.add(start)).toBe(!wanted.has(start));
          wanted.add(start);
        } else {
          starts.delete(start);
          wanted.delete(start);
        }
        expect([...starts.all()].sort()).toEqual([...wanted].sort());
        expect(starts.size).toBe(wanted.size);
        expect(starts.countUpTo(1)).toBe([...wanted].filter((one) => one <= 1).length);
      }
    }
  });
});
