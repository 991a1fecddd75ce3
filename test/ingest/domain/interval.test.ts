import { describe, expect, it } from 'vitest';
import { differsFrom, estimateInterval } from '../../../ingest/domain/interval.ts';

/** Instants with these gaps between them, in seconds. */
function instantsWith(...gaps: number[]): number[] {
  const instants = [0];
  for (const gap of gaps) instants.push((instants.at(-1) ?? 0) + gap * 1000);
  return instants;
}

describe('the interval of a device', () => {
  it('is not guessed from a few samples', () => {
    expect(estimateInterval([])).toBeUndefined();
    expect(estimateInterval(instantsWith(60, 60, 60, 60))).toBeUndefined();
  });

  it.each([
    ['an airRohr', Array.from({ length: 500 }, (_, index) => 145 + (index % 3) - 1), 145],
    ['one with an outage', [60, 60, 60, 7200, 60, 60], 60],
    ['one that sends in bursts', [1, 599, 1, 599, 1, 599, 600, 600], 599],
    ['one between two seconds', [60.2, 60.4, 60.2, 60.4, 60.3], 60],
    ['an even number of gaps', [10, 10, 10, 20, 20, 20], 15],
    ['one faster than a second', [0.1, 0.1, 0.1, 0.1, 0.1], 1],
  ])('%s is the median gap in whole seconds', (_, gaps, seconds) => {
    expect(estimateInterval(instantsWith(...gaps))).toBe(seconds * 1000);
  });

  it('is kept when a new estimate is about the same', () => {
    expect(differsFrom(undefined, 60_000)).toBe(true);
    expect(differsFrom(60_000, 66_000)).toBe(false);
    expect(differsFrom(60_000, 66_001)).toBe(true);
    expect(differsFrom(60_000, 53_999)).toBe(true);
  });
});
