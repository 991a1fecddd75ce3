import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../ingest/journal/journal.ts';
import { type Damage, readJournal } from '../../../ingest/journal/reader.ts';
import { silentLog } from '../../support/log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const open = (folder: string, journalBytesMax = 1e9): Promise<Journal> =>
  Journal.open({ folder, journalBytesMax, retryMs: 20 }, silentLog);

function append(journal: Journal, text: string): Promise<number> {
  return new Promise((resolve, reject) =>
    journal.append(Buffer.from(text), (error, position) =>
      error ? reject(error) : resolve(position),
    ),
  );
}

async function readAll(folder: string, to: number): Promise<{ texts: string[]; damage: Damage[] }> {
  const texts: string[] = [];
  const damage: Damage[] = [];
  const range = { from: 0, to };
  for await (const { records } of readJournal(folder, range, (found) => void damage.push(found))) {
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

  it('takes records again only when a tenth of JOURNAL_MAX has become free', async () => {
    const journal = await open(tempFolder(), 1_000);
    for (let index = 0; index < 9; index++) await append(journal, 'x'.repeat(100));
    await expect(append(journal, 'y')).rejects.toThrow(/JOURNAL_MAX/);
    await journal.consumedTo({ storedTo: 50, rolledUpTo: 0 });
    await expect(append(journal, 'y')).rejects.toThrow(/JOURNAL_MAX/);
    await journal.consumedTo({ storedTo: 200, rolledUpTo: 0 });
    await append(journal, 'y');
    await journal.close();
  });

  it('counts what waits for the disk against JOURNAL_MAX too', async () => {
    const journal = await open(tempFolder(), 1_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => append(journal, 'x'.repeat(88))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    await journal.close();
  });

  it('never gives a position away twice, even when its segments are gone', async () => {
    const journal = await Journal.open(
      { folder: tempFolder(), journalBytesMax: 1e9, beginAt: 5_000 },
      silentLog,
    );
    expect(await append(journal, 'x')).toBe(5_000);
    await journal.close();
  });

  it('is not stopped by a listener that throws: what is synced is kept, for the others too', async () => {
    const journal = await open(tempFolder());
    journal.append('one', () => {
      throw new Error('a bug elsewhere');
    });
    await append(journal, 'two');
    expect(journal.fault).toBeUndefined();
    await journal.close();
  });

  it('settles in order while a full group is followed by more', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    const sizes = [3e6, 3e6, 10, 5e6, 10, 3e6];
    const settled: number[] = [];
    await Promise.all(
      sizes.map((size, index) =>
        append(journal, `${index}`.repeat(size)).then(() => settled.push(index)),
      ),
    );
    expect(settled).toEqual([0, 1, 2, 3, 4, 5]);
    const { texts, damage } = await readAll(folder, journal.end);
    expect(texts.map((text) => text.length)).toEqual(sizes);
    expect(damage).toEqual([]);
    await journal.close();
  });
});
