import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, timeoutMs } from './settings.ts';

/** Turns of the event loop that one run takes: it is under way when the time is over. */
const turns = 20;

/** Runs that take several turns, and what of them is still under way. */
function slowRuns(judge: (value: number) => void) {
  const seen = { begun: 0, underWay: 0 };
  const property = fc.asyncProperty(fc.nat(), async (value) => {
    seen.begun++;
    seen.underWay++;
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    seen.underWay--;
    judge(value);
  });
  return { seen, property };
}

describe('a property that holds for as long as there is time', () => {
  it(
    'leaves no run under way',
    async () => {
      const { seen, property } = slowRuns(() => {});
      await holds(property);
      expect(seen.begun).toBeGreaterThan(1);
      expect(seen.underWay).toBe(0);
    },
    timeoutMs,
  );

  it(
    'fails with the run that failed',
    async () => {
      const { property } = slowRuns((value) => expect(value).toBeLessThan(0));
      await expect(holds(property)).rejects.toThrow(/Counterexample: \[0\]/);
    },
    timeoutMs,
  );
});
