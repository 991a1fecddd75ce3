import type { Journal } from '../../ingest/journal/journal.ts';

/** The payloads of all whole records of a journal, in their order. */
export async function readAllRecords(
  journal: Journal,
  encoding: BufferEncoding = 'utf8',
): Promise<string[]> {
  const texts: string[] = [];
  for await (const { records } of journal.read({ from: 0, to: journal.end })) {
    texts.push(...records.map(({ payload }) => payload.toString(encoding)));
  }
  return texts;
}
