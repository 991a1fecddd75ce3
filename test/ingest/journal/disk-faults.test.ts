import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../ingest/journal/journal.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import {
  createFaultyDisk,
  type DiskOperation,
  diskOperations,
  type FaultyDisk,
} from '../../support/faulty-disk.ts';
import { readAllRecords } from '../../support/journal.ts';
import { silentLog } from '../../support/log.ts';
import { makeTempFolder, tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const retryMs = 5;
const open = (folder: string, disk: FaultyDisk): Promise<Journal> =>
  Journal.open({ folder, journalBytesMax: 1e12, retryMs, disk }, silentLog);

const append = (journal: Journal, text: string): Promise<number> =>
  new Promise((resolve, reject) =>
    journal.append(text, (error, position) => (error ? reject(error) : resolve(position))),
  );

const codes = ['ENOSPC', 'EIO', 'EROFS'] as const;
const failures = (['write', 'datasync'] as const).flatMap((operation) =>
  codes.map((code) => [operation, code] as const),
);

describe('a disk that fails', () => {
  it.each(failures)(
    'at %s with %s: no acknowledgement, then recovery by itself',
    async (operation, code) => {
      const folder = tempFolder();
      const disk = createFaultyDisk();
      const journal = await open(folder, disk);
      await append(journal, 'before');
      disk.failing.set(operation, code);
      await expect(append(journal, 'lost')).rejects.toThrow(code);
      expect(journal.fault).toContain(code);
      await expect(append(journal, 'meanwhile')).rejects.toThrow('the disk refused');
      disk.failing.clear();
      await until('recovery', () => journal.fault === undefined);
      await append(journal, 'after');
      expect(await readAllRecords(journal)).toEqual(['before', 'after']);
      expect(journal.damagedBytes).toBe(0);
      await journal.close();
    },
  );

  it.each(
    (['open', 'unlink', 'syncFolder', 'write', 'datasync', 'handleTruncate'] as const).flatMap(
      (operation) => codes.map((code) => [operation, code] as const),
    ),
  )('at the next segment, at %s with %s, harms nothing that was kept', async (operation, code) => {
    const folder = tempFolder();
    const disk = createFaultyDisk();
    const journal = await open(folder, disk);
    await append(journal, 'before');
    disk.failing.set('datasync', 'EIO');
    await expect(append(journal, 'lost')).rejects.toThrow('EIO');
    disk.failing.delete('datasync');
    disk.failing.set(operation, code);
    const tried = disk.counts[operation];
    await until('some attempts', () => disk.counts[operation] >= tried + 2);
    await expect(append(journal, 'meanwhile')).rejects.toThrow('the disk refused');
    disk.failing.clear();
    await until('recovery', () => journal.fault === undefined);
    await append(journal, 'after');
    expect(await readAllRecords(journal)).toEqual(['before', 'after']);
    await journal.close();
  });

  it('recovers also when what failed cannot be cut off, and never gives it as kept', async () => {
    const folder = tempFolder();
    const disk = createFaultyDisk();
    disk.writtenPart = 1;
    const journal = await open(folder, disk);
    await append(journal, 'before');
    disk.failing.set('datasync', 'EIO').set('truncate', 'EIO');
    await expect(append(journal, 'written, not synced')).rejects.toThrow('EIO');
    disk.failing.delete('datasync');
    await until('recovery', () => journal.fault === undefined);
    await append(journal, 'after');
    expect(await readAllRecords(journal)).toEqual(['before', 'after']);
    await journal.close();
    const again = await open(folder, createFaultyDisk());
    expect(await readAllRecords(again)).toEqual(['before', 'after']);
    expect(again.damagedBytes).toBe(0);
    await again.close();
  });

  it('that fails while segments change refuses the group and goes on in a third one', async () => {
    const folder = tempFolder();
    const disk = createFaultyDisk();
    const journal = await open(folder, disk);
    const big = 'x'.repeat(4 * 1024 * 1024);
    while (journal.end < ingestLimits.journalSegmentBytes) await append(journal, big);
    disk.failing.set('syncFolder', 'EIO');
    await expect(append(journal, 'lost')).rejects.toThrow('EIO');
    disk.failing.clear();
    await until('recovery', () => journal.fault === undefined);
    await append(journal, 'after');
    const texts = await readAllRecords(journal);
    expect(texts.filter((text) => text.length < 100)).toEqual(['after']);
    expect(texts).toHaveLength(17);
    await journal.close();
  });

  it('makes room by itself: a full disk gets the consumed segment back', async () => {
    const folder = tempFolder();
    const disk = createFaultyDisk();
    const journal = await open(folder, disk);
    await append(journal, 'consumed');
    disk.failing.set('write', 'ENOSPC');
    await expect(append(journal, 'lost')).rejects.toThrow('ENOSPC');
    const old = join(folder, '0000000000000000.journal');
    expect(statSync(old).size).toBeGreaterThan(0);
    await journal.consumedTo({ storedTo: journal.end, rolledUpTo: journal.end });
    await until(
      'the segment to go',
      () => !readdirSync(folder).includes('0000000000000000.journal'),
    );
    expect(journal.fault).toContain('ENOSPC');
    disk.failing.clear();
    await until('recovery', () => journal.fault === undefined);
    await journal.close();
  });

  it.each(codes)('when the journal is opened (%s) is a fault, not an end', async (code) => {
    const folder = tempFolder();
    const disk = createFaultyDisk();
    const first = await open(folder, disk);
    await append(first, 'before');
    await first.close();
    for (const operation of diskOperations) disk.failing.set(operation, code);
    const journal = await open(folder, disk);
    expect(journal.fault).toContain(code);
    await expect(append(journal, 'refused')).rejects.toThrow('the disk refused');
    expect(await readAllRecords(journal)).toEqual(['before']);
    disk.failing.clear();
    await until('recovery', () => journal.fault === undefined);
    await append(journal, 'after');
    expect(await readAllRecords(journal)).toEqual(['before', 'after']);
    await journal.close();
  });

  it('gives every record that was acknowledged, once, whatever failed and wherever the process ended', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('append' as const),
          count: fc.integer({ min: 1, max: 20 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('fail' as const),
          operation: fc.constantFrom<DiskOperation>(...diskOperations),
          code: fc.constantFrom(...codes),
          writtenPart: fc.constantFrom(0, 0.3, 1),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        const { path: folder, remove } = makeTempFolder();
        const disk = createFaultyDisk();
        let journal = await open(folder, disk);
        const acked: string[] = [];
        const sent: string[] = [];
        try {
          for (const now of steps) {
            if (now.do === 'append') {
              const texts = Array.from(
                { length: now.count },
                (_, index) => `${sent.length + index}`,
              );
              sent.push(...texts);
              const ends = await Promise.allSettled(texts.map((text) => append(journal, text)));
              acked.push(...texts.filter((_, index) => ends[index]?.status === 'fulfilled'));
            } else if (now.do === 'fail') {
              disk.failing.set(now.operation, now.code);
              disk.writtenPart = now.writtenPart;
            } else if (now.do === 'heal') {
              disk.failing.clear();
              await until('recovery', () => journal.fault === undefined);
            } else {
              await journal.close();
              journal = await open(folder, disk);
            }
          }
          disk.failing.clear();
          await until('recovery', () => journal.fault === undefined);
          const found = await readAllRecords(journal);
          expect(new Set(found).size).toBe(found.length);
          expect(acked.filter((text) => !found.includes(text))).toEqual([]);
          expect(found.filter((text) => !sent.includes(text))).toEqual([]);
          expect(found).toEqual([...found].sort((a, b) => Number(a) - Number(b)));
        } finally {
          await journal.close();
          remove();
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  }, 60_000);
});
