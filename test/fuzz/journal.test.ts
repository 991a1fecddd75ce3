import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Journal } from '../../ingest/journal/journal.ts';
import { silentLog } from '../support/log.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { holds, mutated, timeoutMs } from './settings.ts';

const append = (journal: Journal, text: string) =>
  new Promise<void>((resolve, reject) =>
    journal.append(text, (error) => (error ? reject(error) : resolve())),
  );

async function goodSegment(): Promise<{ name: string; bytes: Buffer }> {
  const folder = makeTempFolder();
  const journal = await Journal.open({ folder: folder.path, journalBytesMax: 1e9 }, silentLog);
  for (let index = 0; index < 20; index++) await append(journal, `{"a":${index}}`);
  await journal.close();
  const name = readdirSync(folder.path).find((file) => file.endsWith('.journal')) ?? '';
  const bytes = readFileSync(join(folder.path, name));
  folder.remove();
  return { name, bytes };
}

it(
  'a journal of any bytes opens, gives only what was written, and takes new records',
  async () => {
    const { name, bytes: good } = await goodSegment();
    const contents = fc.oneof(
      mutated([good]),
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    );
    await holds(
      fc.asyncProperty(contents, async (bytes) => {
        const folder = makeTempFolder();
        writeFileSync(join(folder.path, name), bytes);
        const journal = await Journal.open(
          { folder: folder.path, journalBytesMax: 1e9 },
          silentLog,
        );
        try {
          await append(journal, '{"a":"new"}');
          const texts: string[] = [];
          for await (const { records } of journal.read({ from: 0, to: journal.end })) {
            texts.push(...records.map(({ payload }) => payload.toString()));
          }
          expect(texts.at(-1)).toBe('{"a":"new"}');
          // The checksum keeps out what was never written.
          for (const text of texts.slice(0, -1)) expect(text).toMatch(/^\{"a":\d+\}$/);
        } finally {
          await journal.close();
          folder.remove();
        }
      }),
    );
  },
  timeoutMs,
);
