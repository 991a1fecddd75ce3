import { parseArgs } from 'node:util';

export const troubles = ['kill', 'pause', 'influx', 'disk'] as const;
/** What may befall the platform; each may be followed by a `kill -9` before it is over. */
export type Trouble = (typeof troubles)[number];

export interface Options {
  /** Troubles in all. */
  kills: number;
  /** Same seed, same troubles in the same order; the machine's timing stays its own. */
  seed: number;
  /** `one`: everything in one process. `split`: broker, ingest and dashboard apart. */
  topology: 'one' | 'split';
  store: 'embedded' | 'influx';
  troubles: readonly Trouble[];
  /** Readings per second over all clients. */
  rate: number;
  /** Everything is read back after so many troubles, and at the end. */
  checkEvery: number;
  /** After so long no more trouble is made. */
  minutesMax: number;
  /** Where the report is written. */
  json?: string;
}

export const usage = `npm run torture -- [options]
  --kills 20            troubles in all
  --seed <number>       repeats the troubles of an earlier run
  --topology one        one | split (broker, ingest and dashboard apart; needs --store influx)
  --store embedded      embedded | influx (starts Debian's influxd)
  --trouble kill        any of kill,pause,influx,disk
  --rate 600            readings per second over all clients
  --check-every 20      read everything back after so many troubles, and at the end
  --minutes 60          make no more trouble after so long
  --json <path>         write the report there`;

/** Reads the command line. @throws Error with one sentence about the first fault */
export function readOptions(args: readonly string[], randomSeed: number): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(randomSeed) },
      topology: { type: 'string', default: 'one' },
      store: { type: 'string' },
      trouble: { type: 'string', default: 'kill' },
      rate: { type: 'string', default: '600' },
      'check-every': { type: 'string', default: '20' },
      minutes: { type: 'string', default: '60' },
      json: { type: 'string' },
    },
  });
  const topology = oneOf('--topology', values.topology, ['one', 'split'] as const);
  const usual = topology === 'split' ? 'influx' : 'embedded';
  const store = oneOf('--store', values.store ?? usual, ['embedded', 'influx'] as const);
  const chosen = values.trouble.split(',').map((name) => oneOf('--trouble', name, troubles));
  if (topology === 'split' && store === 'embedded')
    throw new Error('--topology split needs --store influx: one process owns the embedded store.');
  if (chosen.includes('influx') && store !== 'influx')
    throw new Error('--trouble influx needs --store influx.');
  return {
    kills: whole('--kills', values.kills, 100_000),
    seed: whole('--seed', values.seed, 0xffff_ffff),
    topology,
    store,
    troubles: chosen,
    rate: whole('--rate', values.rate, 20_000),
    checkEvery: whole('--check-every', values['check-every'], 100_000),
    minutesMax: whole('--minutes', values.minutes, 24 * 60),
    ...(values.json === undefined ? {} : { json: values.json }),
  };
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((item) => item === value);
  if (found === undefined) throw new Error(`${name} must be one of ${known.join(', ')}.`);
  return found;
}

function whole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`${name} must be a whole number from 1 to ${max}.`);
  return value;
}
