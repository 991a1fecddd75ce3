import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Report } from '../../../broker/contract/air.ts';
import type { Device } from '../../../broker/contract/device.ts';
import { legalStart } from '../../../ingest/domain/air/year-hours.ts';
import type { JobContext } from '../../../ingest/jobs/scheduler.ts';
import { devicesBeside } from '../../../ingest/reports/beside.ts';
import { reportedYear } from '../../../ingest/reports/make-reports.ts';
import { createReportFiles, reportId } from '../../../ingest/reports/report-files.ts';
import { reportsJob } from '../../../ingest/reports/reports-job.ts';
import { HourStore } from '../../support/hour-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const log = pino({ level: 'silent' });
const hour = 3_600_000;
const day = 24 * hour;
const start = legalStart(2026);
const now = start + 100 * day + 2 * hour;

const air = (id: string, more: Partial<Device> = {}): Device => ({
  provider: 'a',
  id,
  kind: 'air',
  public: true,
  createdAt: 0,
  location: { lat: 48, lon: 10 },
  ...more,
});
const reference = air('ref', { station: { method: 'reference' } });

function context(): JobContext & { figures: Record<string, number> } {
  const figures: Record<string, number> = {};
  const report = (said: Readonly<Record<string, number>>) => Object.assign(figures, said);
  return { args: undefined, report, signal: new AbortController().signal, figures };
}

function office({ devices = [air('maker'), reference], reportsMax = 100 } = {}) {
  const folder = join(tempFolder(), 'reports');
  const store = new HourStore();
  const files = createReportFiles({ folder, reportsMax }, { log });
  const time = { now };
  const deps = { store, registry: { devices: () => devices }, files, clock: () => time.now, log };
  const job = reportsJob(deps);
  const run = async () => {
    const told = context();
    await job.run(told);
    return told.figures;
  };
  return { folder, store, files, time, run, job };
}

const contents = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));

describe('the job of reports', () => {
  const filled = (options: Parameters<typeof office>[0] = {}) => {
    const made = office(options);
    const pm10 = new Array(100 * 24).fill(20);
    made.store.put('a/ref', 'pm10', start, pm10);
    made.store.put(
      'a/maker',
      'pm10',
      start,
      pm10.map((value) => value + 2),
    );
    return made;
  };

  it('makes statistics of each air device and compares makers with references', async () => {
    const { run, files } = filled();
    expect(await run()).toMatchObject({ written: 3, empty: 3, done: 6, total: 6 });
    const list = await files.list();
    expect(list.map(({ kind, year, devices }) => [kind, year, devices])).toEqual(
      expect.arrayContaining([
        ['year', 2026, ['a/ref']],
        ['year', 2026, ['a/maker']],
        ['comparison', 2026, ['a/maker', 'a/ref']],
      ]),
    );
    const comparison = list.find(({ kind }) => kind === 'comparison');
    expect(await files.read(comparison?.id ?? '')).toMatchObject({
      metric: 'pm10',
      comparison: { pairs: 2400, fit: { bias: 2 }, distanceM: 0 },
    });
  });

  it('says what a report rests on', async () => {
    const { run, files, store } = filled();
    store.put('a/ref', 'pm10', start + day, [30, 30], { revision: 2, resultAt: now - 5 });
    await run();
    const report = await files.read(reportId('year', 2026, ['a/ref']));
    expect(Report.parse(report)).toMatchObject({
      madeAt: now,
      basis: {
        query: '/api/v1/statistics?device=a%2Fref&year=2026',
        ruleSets: ['EU-2008-50', 'EU-2024-2881', 'WHO-2021'],
        rounding: 'half-up-last',
        timeBase: 'UTC+1',
        data: { hours: 2400, revisedHours: 2, revisionMax: 2, resultAt: now - 5 },
      },
      statistics: [
        { rules: 'EU-2008-50', compliance: 'for-compliance', running: true },
        { rules: 'EU-2024-2881' },
      ],
    });
  });

  it('writes the same files for the same data, and leaves what is the same', async () => {
    const first = filled();
    await first.run();
    const before = contents(first.folder);
    first.time.now += 3 * hour;
    expect(await first.run()).toMatchObject({ written: 0, unchanged: 3 });
    expect(contents(first.folder)).toEqual(before);
    const second = filled();
    await second.run();
    expect(contents(second.folder)).toEqual(before);
  });

  it('writes anew what a correction has changed, and only that', async () => {
    const { run, store, files, time } = filled();
    await run();
    store.put('a/maker', 'pm10', start, [99], { revision: 1 });
    time.now += hour;
    expect(await run()).toMatchObject({ written: 2, unchanged: 1 });
    expect(await files.read(reportId('year', 2026, ['a/maker']))).toMatchObject({
      madeAt: now + hour,
      basis: { data: { revisedHours: 1 } },
    });
  });

  it('reports a running year to the end of its last whole legal day', () => {
    expect(reportedYear(2026, start + day - 1).asOf).toBe(start);
    expect(reportedYear(2026, start + day).asOf).toBe(start + day);
    expect(reportedYear(2025, now).asOf).toBe(start);
    expect(reportedYear(2027, now).asOf).toBe(legalStart(2027));
  });

  it('makes nothing of devices without hours, nor of other kinds', async () => {
    const { run, files } = office({ devices: [air('maker'), { ...air('lamp'), kind: 'light' }] });
    expect(await run()).toMatchObject({ written: 0, empty: 2, total: 2 });
    expect(await files.list()).toEqual([]);
  });

  it('ends at its next step when the process stops', async () => {
    const { job, files } = filled();
    await job.run({ ...context(), signal: AbortSignal.abort() });
    expect(await files.list()).toEqual([]);
  });

  it('fails as a whole when the store is away, and can be run again', async () => {
    const { run, store } = filled();
    store.isDown = true;
    await expect(run()).rejects.toThrow();
    store.isDown = false;
    expect(await run()).toMatchObject({ written: 3 });
  });

  it('has room for references first', async () => {
    const { run, files } = filled({ reportsMax: 1 });
    expect(await run()).toMatchObject({ written: 1, full: 2 });
    expect((await files.list()).map(({ devices }) => devices)).toEqual([['a/ref']]);
  });
});

describe('files of reports', () => {
  const report = (year: number, subject: string): Report => ({
    id: reportId('year', year, [subject]),
    kind: 'year',
    year,
    devices: ['a/ref'],
    madeAt: 1,
    basis: {
      query: '/api/v1/statistics',
      ruleSets: [],
      rounding: 'none',
      timeBase: 'UTC+1',
      data: { hours: 0, revisedHours: 0, revisionMax: 0, resultAt: null },
    },
    statistics: [],
  });
  const shelf = (reportsMax?: number) => {
    const folder = join(tempFolder(), 'reports');
    const config = reportsMax === undefined ? { folder } : { folder, reportsMax };
    return { folder, files: createReportFiles(config, { log }) };
  };

  it('are none before the first', async () => {
    const { files } = shelf();
    expect(await files.list()).toEqual([]);
    expect(await files.read(reportId('year', 2025, ['x']))).toBeUndefined();
  });

  it('are read by another process as they are written', async () => {
    const { folder, files } = shelf();
    const other = createReportFiles({ folder }, { log });
    expect(await other.list()).toEqual([]);
    await files.put(report(2025, 'x'));
    expect(await other.list()).toHaveLength(1);
    expect(statSync(join(folder, `${report(2025, 'x').id}.json`)).mode & 0o777).toBe(0o600);
  });

  it('cannot be asked for by a path', async () => {
    const { files, folder } = shelf();
    await files.put(report(2025, 'x'));
    writeFileSync(join(folder, '..', 'secret.json'), '{}');
    for (const id of ['../secret', '..', '', 'year-2025-', `${report(2025, 'x').id}/../x`]) {
      expect(await files.read(id)).toBeUndefined();
    }
    await expect(files.put({ ...report(2025, 'x'), id: '../secret' })).rejects.toThrow();
  });

  it('that are damaged or foreign are passed over, and made anew', async () => {
    const { files, folder } = shelf();
    const one = report(2025, 'x');
    await files.put(one);
    writeFileSync(join(folder, `${one.id}.json`), '{"id":"year-20');
    writeFileSync(join(folder, 'notes.json'), '{}');
    expect(await files.list()).toEqual([]);
    expect(await files.put(one)).toBe('written');
    expect(await files.list()).toHaveLength(1);
  });

  it('make room for newer years, and refuse older ones', async () => {
    const { files } = shelf(2);
    expect(await files.put(report(2024, 'x'))).toBe('written');
    expect(await files.put(report(2025, 'x'))).toBe('written');
    expect(await files.put(report(2026, 'x'))).toBe('written');
    expect((await files.list()).map(({ year }) => year)).toEqual([2026, 2025]);
    expect(await files.put(report(2024, 'y'))).toBe('full');
    expect(await files.put({ ...report(2025, 'x'), devices: [] })).toBe('written');
  });
});

describe('devices beside references', () => {
  const metrics = (key: string) => (key === 'a/dumb' ? [] : (['pm10', 'temperature'] as const));
  const at = (metres: number) => ({ lat: 48 + metres / 111_195, lon: 10 });
  const beside = (devices: readonly Device[], max?: number) =>
    devicesBeside(devices, metrics, max).map(({ device, reference }) => [device, reference]);

  it('stand within 500 m, or what is set', () => {
    const devices = [
      reference,
      air('near', { location: at(499) }),
      air('far', { location: at(501) }),
    ];
    expect(beside(devices)).toEqual([['a/near', 'a/ref']]);
    expect(beside(devices, 600)).toHaveLength(2);
    expect(beside(devices, 100)).toEqual([]);
  });

  it('are held against the nearest one, by pollutants that both measure', () => {
    const other = air('other', { station: { method: 'equivalent' }, location: at(300) });
    expect(beside([reference, other, air('x', { location: at(200) })])).toEqual([
      ['a/x', 'a/other'],
    ]);
    expect(beside([reference, air('dumb')])).toEqual([]);
  });

  it('are makers of air with a place: not references, not lamps', () => {
    const nowhere: Device = {
      provider: 'a',
      id: 'nowhere',
      kind: 'air',
      public: true,
      createdAt: 0,
    };
    expect(beside([reference, { ...air('lamp'), kind: 'light' }, nowhere])).toEqual([]);
  });

  it('are bounded for each reference, the nearest ones', () => {
    const crowd = Array.from({ length: 60 }, (_, index) =>
      air(`m${index}`, { location: at(index) }),
    );
    const found = beside([reference, ...crowd.toReversed()]);
    expect(found).toHaveLength(50);
    expect(found.flat()).not.toContain('a/m59');
  });
});
