import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../firmware-sim/options.ts';
import { retentionWarning } from '../../firmware-sim/retention.ts';

const now = Date.UTC(2026, 10, 22, 12);

const faultsOf = (args: string[], env = {}) => {
  const parsed = parseOptions(args, env, now);
  return 'faults' in parsed ? parsed.faults : [];
};
const optionsOf = (args: string[]) => {
  const parsed = parseOptions(args, { ADMIN_TOKEN: 'secret' }, now);
  if (!('options' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.options;
};

const cityOf = (args: string[]) => {
  const options = optionsOf(args);
  if (!('simulation' in options)) throw new Error('a scenario');
  return options;
};
const scenarioOf = (args: string[]) => {
  const options = optionsOf(['--scenario', ...args]);
  if (!('scenario' in options)) throw new Error('no scenario');
  return options.scenario;
};

describe('parseOptions', () => {
  it('tells every fault at once, by the name of its option', () => {
    const faults = faultsOf([
      '--broker',
      'foo',
      '--api',
      'bar',
      '--devices',
      'x',
      '--rate',
      '3',
      '--interval-scale',
      '2',
    ]);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      '--broker',
      '--api',
      '--devices',
      '--token',
      '--rate',
    ]);
  });

  it.each([
    [['--bogus'], 'bogus'],
    [['--devices', '0'], '--devices'],
    [['--devices', '1.5'], '--devices'],
    [['--broker', 'mqtt://me:secret@host'], '--broker'],
    [['--no-register', '--verify', '3'], '--verify'],
    [['--no-register', '--user', 'me'], '--password'],
    [['--user', 'me', '--password', 'x'], '--user'],
    [['--history', '-1'], 'history'],
    [['--speed', '5'], '--speed'],
    [['--verify', 'x'], '--verify'],
    [['--scenario', 'no-such'], 'normal-week'],
    [['--scenario', './no-such.json'], 'no such file'],
    [['--scenario', 'normal-week', '--history', '3'], '--history'],
    [['--scenario', 'normal-week', '--verify', 'subscribe'], '--verify'],
    [['--scenario', 'normal-week', '--duration', 'long'], '--duration'],
    [['--scenario', 'normal-week', '--client', 'best'], '--client'],
    [['--scenario', 'flood', '--speed', '10'], 'run ahead of the clock'],
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
    const { simulation } = cityOf(['--devices', '20', '--rate', '1']);
    expect(simulation.intervalScale).toBeCloseTo(0.0924, 1);
  });

  it('registers nothing at a broker of which no API is given', () => {
    expect(scenarioOf(['normal-week', '--broker', 'mqtt://h']).api).toBeUndefined();
    expect(scenarioOf(['normal-week']).api).toMatchObject({ url: 'http://127.0.0.1:8080' });
    const args = ['normal-week', '--broker', 'mqtt://h', '--api', 'http://h:1'];
    expect(scenarioOf(args).api).toMatchObject({ url: 'http://h:1', adminToken: 'secret' });
  });

  it('plays a scenario as its file says, but for what is given', () => {
    expect(scenarioOf(['reconnect-storm'])).toMatchObject({
      scenario: { fleet: { devices: 1000 } },
      ...{ speed: 1, workers: 1, client: 'lean', devicesPerConnection: 1, samplesPerMessage: 1 },
    });
    const changed = ['normal-week', '--devices', '7', '--speed', '50', '--duration', '2d'];
    expect(scenarioOf(changed)).toMatchObject({
      scenario: { fleet: { devices: 7 }, durationMs: 2 * 86_400_000, start: { daysAgo: 8 } },
      speed: 50,
    });
    expect(scenarioOf(['flood', '--broker', 'ws://h/mqtt']).client).toBe('library');
  });

  it('begins a longer run so much earlier that it ends in the past, and fills it in batches', () => {
    expect(scenarioOf(['normal-week', '--duration', '365d', '--speed', 'max'])).toMatchObject({
      scenario: { start: { daysAgo: 366 } },
      ...{ speed: 'max', samplesPerMessage: 100, devicesPerConnection: 50, inFlightMax: 32 },
    });
  });

  it('warns of what is older than raw readings are kept by default', () => {
    const { scenario } = scenarioOf(['normal-week', '--duration', '100d', '--speed', 'max']);
    expect(retentionWarning(scenario, now)).toContain('RETAIN_RAW=');
    expect(retentionWarning(scenarioOf(['normal-week']).scenario, now)).toBeUndefined();
  });
});
