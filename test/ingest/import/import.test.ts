import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Accept } from '../../../broker/bus/bus.ts';
import { NotKept } from '../../../broker/bus/bus.ts';
import { importLimits } from '../../../ingest/import/limits.ts';
import { chunksOf, importFile, now, recordingAccept, rejectedOf } from './bench.ts';

const head = 'device,metric,at,value\n';
const rows = (count: number, device = 'ulm/a'): string =>
  Array.from({ length: count }, (_, index) => `${device},pm10,${now - index * 1000},1\n`).join('');

describe('an import', () => {
  it('that is a dry run hands nothing in and reports the same', async () => {
    const text = `${head}${rows(3)}ulm/a,pm10,${now},9999\n`;
    const dry = await importFile('csv', text, { request: { dryRun: true } });
    const real = await importFile('csv', text);
    expect(dry.messages).toEqual([]);
    expect(real.messages).toHaveLength(2);
    expect(dry.report).toEqual({ ...real.report, dryRun: true });
  });

  it('hands good and rejected readings in apart, as native messages of bounded size', async () => {
    const text = `${head}${rows(2_500)}${'ulm/a,pm10,1,1\n'.repeat(300)}`;
    const { messages, report } = await importFile('csv', text);
    const sizes = messages.map(
      ({ payload }) => JSON.parse(Buffer.from(payload).toString()).readings.length,
    );
    expect(sizes.sort((a, b) => b - a)).toEqual([1000, 1000, 500, 250, 50]);
    expect(new Set(messages.map(({ topic }) => topic))).toEqual(
      new Set(['city/v1/ulm/a/readings']),
    );
    expect(report).toMatchObject({ accepted: 2_500 });
    expect(rejectedOf(report)).toEqual({ 'expired-timestamp': 300 });
  });

  it('keeps few rejected readings for inspection and counts all in the report', async () => {
    const bad = importLimits.rejectionsKeptMax + 500;
    const { rejectedByIngest, report } = await importFile(
      'csv',
      head + 'ulm/a,pm10,1,1\n'.repeat(bad),
    );
    expect(rejectedByIngest).toBe(importLimits.rejectionsKeptMax);
    expect(rejectedOf(report)).toEqual({ 'expired-timestamp': bad });
    expect(report.rejected[0]?.examples).toHaveLength(importLimits.examplesMax);
  });

  it('has never more than a few messages on their way, and reads no further meanwhile', async () => {
    let inFlight = 0;
    let most = 0;
    let read = 0;
    const inner = { readings: [], messages: [], rejectedByIngest: 0 };
    const judge = recordingAccept(inner);
    const accept: Accept = (message, settle) => {
      most = Math.max(most, ++inFlight);
      setTimeout(() => {
        inFlight -= 1;
        judge(message, settle);
      }, 1);
    };
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(head);
      for (let part = 0; part < 100; part += 1) {
        read += 1;
        yield Buffer.from(rows(1_000));
        expect(read - inner.messages.length).toBeLessThan(importLimits.messagesInFlightMax + 3);
      }
    }
    const { report } = await importFile('csv', body(), { deps: { accept } });
    expect(report.accepted).toBe(100_000);
    expect(most).toBe(importLimits.messagesInFlightMax);
  });

  it('waits while the journal takes nothing, and loses nothing', async () => {
    const inner = { readings: [], messages: [], rejectedByIngest: 0 };
    const judge = recordingAccept(inner);
    let refusals = 5;
    const accept: Accept = (message, settle) =>
      refusals-- > 0 ? settle(new NotKept('full')) : judge(message, settle);
    const { report } = await importFile('csv', head + rows(10), { deps: { accept } });
    expect(report.accepted).toBe(10);
    expect(inner.messages).toHaveLength(1);
  });

  it('gives up with `not-kept` when the journal stays full', async () => {
    const accept: Accept = (_message, settle) => settle(new NotKept('full'));
    await expect(importFile('csv', head + rows(10), { deps: { accept } })).rejects.toMatchObject({
      code: 'not-kept',
      report: { accepted: 0, complete: false },
    });
  });

  it('says what ingest refused after all', async () => {
    const rejection = { reason: 'unknown-device' as const, detail: 'just deleted' };
    const accept: Accept = (_message, settle) =>
      settle(undefined, { device: 'ulm/a', accepted: 0, rejections: [rejection, rejection] });
    const { report } = await importFile('csv', head + rows(2), { deps: { accept } });
    expect(report).toMatchObject({ accepted: 0, deviceCount: 0, first: null });
    expect(report.rejected[0]).toMatchObject({ count: 2, examples: [{ line: 2 }, { line: 2 }] });
  });
});

describe('the end of a file', () => {
  it('that comes early in gzip is said, and what stood before is taken', async () => {
    const packed = gzipSync(head + Array.from({ length: 50 }, () => rows(100)).join(''));
    const cut = packed.subarray(0, packed.length - 20);
    await expect(importFile('csv', cut)).rejects.toMatchObject({
      code: 'unreadable-file',
      report: { complete: false, problem: expect.stringContaining('end early') },
    });
  });

  it('that comes with the connection is said, and what was taken of it is rolled up', async () => {
    let recomputed = 0;
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(head + rows(5));
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const recompute = async () => {
      recomputed += 1;
    };
    await expect(importFile('csv', body(), { deps: { recompute } })).rejects.toMatchObject({
      code: 'unreadable-file',
      report: { accepted: 5, complete: false, problem: 'the upload broke off' },
    });
    expect(recomputed).toBe(1);
  });

  it('may come within a line: it is rejected like any that lacks a field', async () => {
    const { report } = await importFile('csv', `${head}${rows(2)}ulm/a,pm10,17953`);
    expect(report).toMatchObject({ rows: 3, accepted: 2 });
    expect(rejectedOf(report)).toEqual({ 'malformed-payload': 1 });
  });

  it('is not waited for in memory: a huge line costs itself only', async () => {
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(head + rows(1));
      yield Buffer.from('ulm/a,pm10,');
      for (let part = 0; part < 100; part += 1) yield Buffer.alloc(65_536, '9');
      yield Buffer.from(`\n${rows(1)}`);
    }
    const { report } = await importFile('csv', body());
    expect(report).toMatchObject({ rows: 3, accepted: 2 });
    expect(report.rejected).toMatchObject([
      { reason: 'malformed-payload', examples: [{ line: 3 }] },
    ]);
  });
});

describe('the size of a file', () => {
  const limits = { bodyBytesMax: 2_000, unpackedBytesMax: 50_000, lineCharsMax: 1_000 };

  it('is bounded as sent', async () => {
    const parts = Array.from({ length: 100 }, () => rows(1));
    const failed = importFile('csv', chunksOf(head, ...parts), { deps: { limits } });
    await expect(failed).rejects.toMatchObject({ code: 'too-large', report: { complete: false } });
  });

  it('is bounded as unpacked: a bomb is put out', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from(head), Buffer.alloc(1_000_000, '\n')]));
    expect(bomb.length).toBeLessThan(limits.bodyBytesMax);
    await expect(importFile('csv', bomb, { deps: { limits } })).rejects.toMatchObject({
      code: 'too-large',
      message: 'the unpacked file may have 50000 bytes',
    });
  });
});

describe('whose devices a file is about', () => {
  const text = `${head}ulm/a,pm10,${now},1\nkoeln/b,pm10,${now},2\nc,pm10,${now},3\n`;

  it('is up to the file for who may write for all, ids alone need a provider', async () => {
    const { readings, report } = await importFile('csv', text);
    expect(readings.map(({ device }) => device)).toEqual(['ulm/a', 'koeln/b']);
    expect(report.rejected[0]?.examples[0]).toMatchObject({
      line: 4,
      detail: expect.stringContaining('provider= is missing'),
    });
  });

  it('is its own for a provider', async () => {
    const request = { onlyProvider: 'ulm', provider: 'ulm' };
    const { readings, report } = await importFile('csv', text, { request });
    expect(readings.map(({ device }) => device)).toEqual(['ulm/a', 'ulm/c']);
    expect(rejectedOf(report)).toEqual({ 'unknown-device': 1 });
  });

  it('must be devices that may be registered', async () => {
    const refusal = { reason: 'unknown-device' as const, detail: 'ENROLMENT is closed' };
    const { messages, report } = await importFile('csv', text, {
      deps: { refusalOf: (device) => (device === 'ulm/a' ? undefined : refusal) },
    });
    expect(messages).toHaveLength(1);
    expect(rejectedOf(report)).toEqual({ 'unknown-device': 2 });
  });
});

describe('roll-ups', () => {
  it('of the touched span are made anew, states apart from the rest', async () => {
    const spans: object[] = [];
    const recompute = async (span: object) => {
      spans.push(span);
    };
    const text = `${head}ulm/a,pm10,${now - 5000},1\nulm/b,pm2_5,${now},1\nulm/b,power,${now},1\n`;
    const { report } = await importFile('csv', text, { deps: { recompute } });
    const devices = ['ulm/a', 'ulm/b'];
    expect(spans).toEqual([
      { devices, metrics: ['pm10', 'pm2_5'], from: now - 5000, to: now + 1 },
      { devices: ['ulm/b'], metrics: ['power'], from: now, to: now + 1 },
    ]);
    expect(report.recomputed).toEqual({
      from: now - 5000,
      to: now + 1,
      tiers: ['1m', '1h', '1d'],
    });
    await importFile('csv', text, { deps: { recompute }, request: { dryRun: true } });
    expect(spans).toHaveLength(2);
  });

  it('that cannot be made now do not undo the import, and are said', async () => {
    const recompute = async () => {
      throw new Error('the store is away');
    };
    const { report } = await importFile('csv', head + rows(1), { deps: { recompute } });
    expect(report).toMatchObject({
      accepted: 1,
      recomputed: null,
      problem: 'accepted, but the roll-ups were not made anew: the store is away',
    });
  });
});
