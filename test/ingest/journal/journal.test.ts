import {
  appendFileSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Journal } from '../../../ingest/journal/journal.ts';
import { readJournal } from '../../../ingest/journal/reader.ts';
import { silentLog } from '../../support/log.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const open = (folder: string, journalBytesMax = 1e9): Promise<Journal> =>
  Journal.open({ folder, journalBytesMax, retryMs: 20 }, silentLog);

function append(journal: Journal, text: string): Promise<number> {
  return new Promise((resolve, reject) =>
    journal.append(Buffer.from(text), (error, position) =>
      error ? reject(error) : resolve(position),
    ),
  );
}

async function readAll(
  folder: string,
  to: number,
): Promise<{ texts: string[]; damage: number[][] }> {
  const texts: string[] = [];
  const damage: number[][] = [];
  for await (const { records } of readJournal(folder, { from: 0, to }, (...at) =>
    damage.push(at),
  )) {
    texts.push(...records.map(({ payload }) => payload.toString()));
  }
  return { texts, damage };
}

const lastSegment = (folder: string): string =>
  join(folder, readdirSync(folder).sort().at(-1) ?? '');

describe('the journal', () => {
  it('settles in the order of the appends and reads back what was appended', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    const texts = Array.from({ length: 2_000 }, (_, index) => `record ${index}`);
    const settled: string[] = [];
    await Promise.all(texts.map((text) => append(journal, text).then(() => settled.push(text))));
    expect(settled).toEqual(texts);
    expect(await readAll(folder, journal.end)).toEqual({ texts, damage: [] });
    await journal.close();
  });

  it('settles only after the bytes are in the file', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    const position = await append(journal, 'kept');
    expect(position).toBe(0);
    expect(readFileSync(lastSegment(folder), 'latin1')).toContain('kept');
    await journal.close();
  });

  it('goes on where it was after a restart', async () => {
    const folder = tempFolder();
    const first = await open(folder);
    await append(first, 'one');
    await first.close();
    const second = await open(folder);
    await append(second, 'two');
    expect((await readAll(folder, second.end)).texts).toEqual(['one', 'two']);
    await second.close();
  });

  it.each([
    ['half a header', (path: string) => appendFileSync(path, Buffer.from([9, 0, 0]))],
    [
      'a header without its payload',
      (path: string) => appendFileSync(path, Buffer.from([9, 0, 0, 0, 1, 2, 3, 4, 5])),
    ],
    [
      'zeros, as a file system leaves them',
      (path: string) => appendFileSync(path, Buffer.alloc(4096)),
    ],
    [
      'a record with a wrong checksum',
      (path: string) => appendFileSync(path, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 65])),
    ],
    [
      'a length beyond all bounds',
      (path: string) => appendFileSync(path, Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])),
    ],
  ])('cuts a torn tail: %s', async (_what, damage) => {
    const folder = tempFolder();
    const first = await open(folder);
    await append(first, 'one');
    await append(first, 'two');
    await first.close();
    damage(lastSegment(folder));
    const second = await open(folder);
    await append(second, 'three');
    expect(await readAll(folder, second.end)).toEqual({
      texts: ['one', 'two', 'three'],
      damage: [],
    });
    await second.close();
  });

  it('cuts a last record that was written only in part', async () => {
    const folder = tempFolder();
    const first = await open(folder);
    await append(first, 'one');
    await append(first, 'a longer record');
    await first.close();
    const path = lastSegment(folder);
    truncateSync(path, statSync(path).size - 1);
    const second = await open(folder);
    expect((await readAll(folder, second.end)).texts).toEqual(['one']);
    await second.close();
  });

  it('begins a new segment when one is full and forgets the ones that are consumed', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    const big = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 130; index++) await append(journal, big);
    const segments = () => readdirSync(folder).length;
    expect(segments()).toBe(3);
    expect((await readAll(folder, journal.end)).texts).toHaveLength(130);
    await journal.consumedTo({ storedTo: journal.end, rolledUpTo: journal.end });
    expect(segments()).toBe(1);
    await append(journal, 'still works');
    await journal.close();
  });

  it('reports damage in an older segment and reads the ones behind it', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    const big = 'x'.repeat(1024 * 1024);
    for (let index = 0; index < 70; index++) await append(journal, big);
    await append(journal, 'last');
    const [first] = readdirSync(folder).sort();
    const path = join(folder, first ?? '');
    const bytes = readFileSync(path);
    bytes[10 * (big.length + 8) + 20] = 0;
    writeFileSync(path, bytes);
    const { texts, damage } = await readAll(folder, journal.end);
    expect(damage).toEqual([[10 * (big.length + 8), 64 * (big.length + 8)]]);
    expect(texts).toHaveLength(10 + 6 + 1);
    expect(texts.at(-1)).toBe('last');
    await journal.close();
  });

  it('keeps nothing beyond JOURNAL_MAX until the store has caught up', async () => {
    const folder = tempFolder();
    const journal = await open(folder, 100);
    await append(journal, 'x'.repeat(120));
    await expect(append(journal, 'y')).rejects.toThrow(/JOURNAL_MAX/);
    expect(journal.fault).toMatch(/JOURNAL_MAX/);
    await journal.consumedTo({ storedTo: journal.end, rolledUpTo: 0 });
    await append(journal, 'z');
    expect(journal.fault).toBeUndefined();
    await journal.close();
  });

  it('refuses after it was closed', async () => {
    const journal = await open(tempFolder());
    await journal.close();
    await expect(append(journal, 'late')).rejects.toThrow(/closed/);
  });

  it('acknowledges nothing when the sync fails, and recovers with what was synced before', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    await append(journal, 'before');
    const { open: openFile } = await import('node:fs/promises');
    const probe = await openFile(lastSegment(folder));
    const prototype = Object.getPrototypeOf(probe) as { datasync(): Promise<void> };
    await probe.close();
    const failing = vi.spyOn(prototype, 'datasync').mockRejectedValue(new Error('EIO: i/o error'));
    await expect(append(journal, 'lost by the disk')).rejects.toThrow(/EIO/);
    await expect(append(journal, 'refused meanwhile')).rejects.toThrow(/disk refused/);
    failing.mockRestore();
    await until('the journal to recover', () => journal.fault === undefined);
    await append(journal, 'after');
    expect(await readAll(folder, journal.end)).toEqual({ texts: ['before', 'after'], damage: [] });
    await journal.close();
  });
});
