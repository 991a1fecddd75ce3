import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../firmware-sim/options.ts';

const faultsOf = (args: string[], env = {}) => {
  const parsed = parseOptions(args, env);
  return 'faults' in parsed ? parsed.faults : [];
};
const optionsOf = (args: string[]) => {
  const parsed = parseOptions(args, { ADMIN_TOKEN: 'secret' });
  if (!('options' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.options;
};

describe('parseOptions', () => {
  it('tells every fault at once, by the name of its option', () => {
    const faults = faultsOf([
      '--url',
      'foo',
      '--devices',
      'x',
      '--rate',
      '3',
      '--interval-scale',
      '2',
    ]);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      '--url',
      '--devices',
      '--token',
      '--rate',
    ]);
  });

  it.each([
    [['--bogus'], 'bogus'],
    [['--devices', '0'], '--devices'],
    [['--devices', '1.5'], '--devices'],
    [['--url', 'mqtt://me:secret@host'], '--url'],
    [['--no-register', '--verify', '3'], '--verify'],
    [['--no-register', '--user', 'me'], '--password'],
    [['--user', 'me', '--password', 'x'], '--user'],
    [['--history', '-1'], 'history'],
  ])('refuses %j', (args, named) => {
    expect(faultsOf(args, { ADMIN_TOKEN: 'secret' }).join()).toContain(named);
  });

  it('takes the admin token of the environment and has defaults for the rest', () => {
    expect(optionsOf([])).toMatchObject({
      simulation: { devices: 320, seed: 'demo', historyMs: 0, api: { adminToken: 'secret' } },
      durationMs: undefined,
    });
  });

  it('turns a rate into intervals that give it', () => {
    expect(optionsOf(['--devices', '20', '--rate', '1']).simulation.intervalScale).toBeCloseTo(
      0.0924,
      1,
    );
  });
});
