import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDataJob } from '../../../ingest/open-data/open-data-job.ts';
import { silentLog } from '../../support/log.ts';
import { Bench } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  await bench.device('a', { location: { lat: 48.4, lon: 9.99 } });
});

const october: [string, string] = ['2026-10-10T00:00:00Z', '2026-10-12T00:00:00Z'];

describe('published months', () => {
  it('have every hour from the first one on, with start, end, coverage, flags and validity', async () => {
    await bench.measure('a', ['2026-10-31T21:30:00Z', '2026-10-31T22:45:00Z']);
    await bench.run();
    expect(bench.lines('air/2026-10.csv.gz')).toEqual([
      'device,metric,unit,start,end,mean,min,max,count,expected,coverage,good,not_evaluated,suspect,bad,validity,verification,revision',
      // Half an hour of samples is less than 75 %: no values.
      expect.stringMatching(
        /^ulm\/a,pm10,µg\/m³,2026-10-31T22:00:00\+01:00,2026-10-31T23:00:00\+01:00,,,,2,4,0\.5,0,2,0,0,-1,3,\d+$/,
      ),
      expect.stringMatching(
        /^ulm\/a,pm10,µg\/m³,2026-10-31T23:00:00\+01:00,2026-11-01T00:00:00\+01:00,10,10,10,3,4,0\.75,0,3,0,0,1,3,\d+$/,
      ),
    ]);
  });

  it('say of hours without data that they are missing, also before a later first one', async () => {
    await bench.measure('a', ['2026-09-01T00:00:00Z', '2026-09-02T00:00:00Z']);
    await bench.measure('a', october);
    await bench.run();
    const lines = bench.lines('air/2026-10.csv.gz').slice(1);
    expect(lines).toHaveLength(31 * 24);
    expect(lines[0]).toBe(
      'ulm/a,pm10,µg/m³,2026-10-01T00:00:00+01:00,2026-10-01T01:00:00+01:00,,,,0,,0,0,0,0,0,-1,3,',
    );
    expect(lines.filter((line) => line.includes(',1,3,'))).toHaveLength(48);
  });

  it('are of public devices only, a file for each kind, in a fixed order', async () => {
    await bench.device('b');
    await bench.device('secret', { public: false });
    await bench.device('lamp', { kind: 'light' });
    for (const id of ['secret', 'b', 'a']) await bench.measure(id, october);
    await bench.measure('a', october, { metric: 'no2' });
    await bench.measure('lamp', october, { metric: 'power' });
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz', 'light/2026-10.csv.gz']);
    const series = bench
      .lines('air/2026-10.csv.gz')
      .slice(1)
      .map((line) => line.split(',').slice(0, 2).join(' '));
    expect([...new Set(series)]).toEqual(['ulm/a no2', 'ulm/a pm10', 'ulm/b pm10']);
  });

  it('have their SHA-256 beside them and in the list', async () => {
    await bench.measure('a', october);
    await bench.run();
    const [file] = (await bench.shelf.read()).files;
    const bytes = bench.bytes('air/2026-10.csv.gz');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(bench.bytes('air/2026-10.csv.gz.sha256').toString()).toBe(`${sha256}  2026-10.csv.gz\n`);
    expect(file).toMatchObject({
      sha256,
      bytes: bytes.length,
      devices: 1,
      metrics: ['pm10'],
      bbox: [9.99, 48.4, 9.99, 48.4],
    });
    expect(file?.rows).toBe(bench.lines('air/2026-10.csv.gz').length - 1);
    // Neither a time nor a name in the header of the gzip data.
    expect([...bytes.subarray(3, 8)]).toEqual([0, 0, 0, 0, 0]);
  });

  it('are there as Parquet too: the same rows, typed, as another implementation reads them', async () => {
    await bench.measure('a', ['2026-10-31T21:30:00Z', '2026-10-31T22:45:00Z']);
    await bench.run();
    const bytes = bench.bytes('air/2026-10.parquet');
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const rows = await parquetReadObjects({ file: file as ArrayBuffer });
    expect(rows).toMatchObject([
      {
        device: 'ulm/a',
        unit: 'µg/m³',
        start: new Date('2026-10-31T21:00:00Z'),
        end: new Date('2026-10-31T22:00:00Z'),
        mean: null,
        coverage: 0.5,
        validity: -1,
      },
      { metric: 'pm10', mean: 10, min: 10, count: 3, not_evaluated: 3, validity: 1 },
    ]);
    const listed = (await bench.shelf.read()).files.find(({ format }) => format === 'parquet');
    expect(listed).toMatchObject({
      name: '2026-10.parquet',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: 2,
    });
    expect(bench.bytes('air/2026-10.parquet.sha256').toString()).toContain(listed?.sha256);
  });

  it('appear two days after their end, not before', async () => {
    await bench.measure('a', october);
    bench.now = Date.parse('2026-11-02T22:59:59Z');
    await bench.run();
    expect(await bench.names()).toEqual([]);
    bench.now = Date.parse('2026-11-02T23:00:00Z');
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz']);
  });
});

describe('a month that was published', () => {
  beforeEach(async () => {
    await bench.measure('a', october);
    await bench.run();
  });

  it('is not touched by another run', async () => {
    const before = bench.bytes('index.json').toString();
    bench.now += 86_400_000;
    await bench.run();
    expect(bench.figures).toEqual({ done: 0, total: 0, published: 0 });
    expect(bench.bytes('index.json').toString()).toBe(before);
  });

  it('is the same to the byte wherever it is made from the same data', async () => {
    const other = new Bench();
    other.now = bench.now;
    await other.device('a');
    await other.measure('a', october);
    await other.run();
    expect(other.bytes('air/2026-10.csv.gz').equals(bench.bytes('air/2026-10.csv.gz'))).toBe(true);
  });

  it('gets a new version when it was corrected, and the old one stays', async () => {
    const before = bench.bytes('air/2026-10.csv.gz');
    bench.now += 3_600_000;
    await bench.measure('a', october, { value: 11 });
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz', 'air/2026-10.r2.csv.gz']);
    expect(bench.bytes('air/2026-10.csv.gz').equals(before)).toBe(true);
    expect(bench.lines('air/2026-10.r2.csv.gz')[1]).toContain(',11,11,11,4,');
    expect(readdirSync(bench.folder).sort()).toEqual(['air', 'index.json']);
  });

  it('stays as it is when its days were made anew with the same result', async () => {
    bench.now += 3_600_000;
    await bench.measure('a', october);
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz']);
  });

  it('gets a new version when another device becomes public', async () => {
    await bench.device('b', { public: false });
    await bench.measure('b', october);
    await bench.run();
    expect(await bench.names()).toHaveLength(1);
    await bench.device('b');
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz', 'air/2026-10.r2.csv.gz']);
  });

  it('stays as it is once its hours are forgotten', async () => {
    bench.hoursFrom = Date.parse('2026-10-05T00:00:00Z');
    await bench.device('b');
    await bench.measure('b', october);
    await bench.run();
    expect(await bench.names()).toEqual(['air/2026-10.csv.gz']);
  });
});

describe('a run', () => {
  it('publishes older months that were imported later', async () => {
    await bench.measure('a', ['2025-02-03T00:00:00Z', '2025-02-04T00:00:00Z']);
    await bench.run();
    expect(await bench.names()).toEqual(['air/2025-02.csv.gz']);
  });

  it('ends when it is told to', async () => {
    await bench.measure('a', october);
    const { store, registry, shelf, now } = bench;
    const hoursFrom = () => 0;
    const job = openDataJob({
      store,
      registry,
      shelf,
      hoursFrom,
      clock: () => now,
      log: silentLog,
    });
    const signal = AbortSignal.abort();
    await expect(job.run({ args: undefined, report: () => {}, signal })).rejects.toThrow('abort');
    expect(await bench.names()).toEqual([]);
  });
});
