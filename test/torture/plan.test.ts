import { describe, expect, it } from 'vitest';
import { createRandom } from '../../firmware-sim/random.ts';
import { readOptions } from './options.ts';
import { drawStep, type Step } from './plan.ts';

function draw(seed: number, count: number): Step[] {
  const random = createRandom(seed);
  const choice = { troubles: ['kill', 'pause', 'disk'], processes: 3 } as const;
  return Array.from({ length: count }, () => drawStep(random, choice));
}

describe('the plan of troubles', () => {
  it('is the same for the same seed and another for another', () => {
    expect(draw(1, 50)).toEqual(draw(1, 50));
    expect(draw(2, 50)).not.toEqual(draw(1, 50));
  });

  it('hits every process with every trouble, under load and within 2 s of a start', () => {
    const steps = draw(3, 500);
    const kinds = steps.map(({ trouble, victim, phase }) => `${trouble} ${victim} ${phase}`);
    expect(new Set(kinds).size).toBe(3 * 3 * 2);
    const early = steps.filter(({ phase }) => phase === 'recovery').map(({ waitMs }) => waitMs);
    expect(Math.min(...early)).toBeLessThan(100);
    expect(Math.max(...early)).toBeGreaterThan(1_900);
    expect(Math.max(...early)).toBeLessThanOrEqual(2_000);
  });
});

describe('the options', () => {
  it.each([
    [['--topology', 'split', '--store', 'embedded'], /split needs --store influx/],
    [['--trouble', 'influx'], /needs --store influx/],
    [['--trouble', 'kill,flood'], /--trouble must be one of/],
    [['--kills', '0'], /--kills must be a whole number/],
    [['--rate', 'much'], /--rate must be a whole number/],
    [['--surprise'], /surprise/],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args, 1)).toThrow(message);
  });

  it('take the store that the topology needs', () => {
    expect(readOptions(['--topology', 'split'], 1)).toMatchObject({ store: 'influx', seed: 1 });
    expect(readOptions([], 1)).toMatchObject({ store: 'embedded', troubles: ['kill'] });
  });
});
