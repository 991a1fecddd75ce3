import { assert, asyncProperty, integer, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InfluxRefused } from '../../../../ingest/store/influx/errors.ts';
import { writeLines } from '../../../../ingest/store/influx/write-lines.ts';
import { StoreUnavailable } from '../../../../ingest/store/store.ts';

const linesOf = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

/** A server that takes what is good and refuses the request when a line of it was bad. */
const server = (bad: ReadonlySet<string>, message: (dropped: number) => string) => {
  const taken = new Set<string>();
  let requests = 0;
  return {
    taken,
    requests: () => requests,
    send: async (lines: string[]) => {
      requests++;
      for (const line of lines) if (!bad.has(line)) taken.add(line);
      const dropped = lines.filter((line) => bad.has(line)).length;
      if (dropped > 0) throw new InfluxRefused(400, message(dropped));
    },
  };
};

describe('writing lines', () => {
  test('leaves an outage to the caller, also in the midst of looking for bad lines', async () => {
    let requests = 0;
    const send = async () => {
      requests++;
      throw requests < 3 ? new InfluxRefused(400, 'bad') : new StoreUnavailable('gone');
    };
    await expect(writeLines(linesOf(8), send)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('leaves a refusal that is not about lines to the caller', async () => {
    const send = async () => {
      throw new InfluxRefused(404, 'database not found');
    };
    await expect(writeLines(linesOf(8), send)).rejects.toMatchObject({ status: 404 });
  });

  test('finds exactly the bad lines and writes all others', async () => {
    await assert(
      asyncProperty(
        integer({ min: 1, max: 70 }),
        uniqueArray(integer({ min: 0, max: 69 })),
        async (count, positions) => {
          const lines = linesOf(count);
          const expected = positions.filter((index) => index < count).sort((a, b) => a - b);
          const bad = new Set(expected.map((index) => `line ${index}`));
          const { send, taken, requests } = server(bad, () => 'unable to parse');
          const refused = await writeLines(lines, send);
          expect(refused.map(({ index }) => index)).toEqual(expected);
          expect([...taken].sort()).toEqual(lines.filter((line) => !bad.has(line)).sort());
          expect(requests()).toBeLessThanOrEqual(2 * count);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  test('takes one request when the server says that it dropped all', async () => {
    const lines = linesOf(1_000);
    const { send, requests } = server(
      new Set(lines),
      (dropped) => `partial write: field type conflict: … dropped=${dropped}`,
    );
    expect(await writeLines(lines, send)).toHaveLength(1_000);
    expect(requests()).toBe(1);
  });

  test('sends nothing for no lines', async () => {
    const { send, requests } = server(new Set(), () => '');
    expect(await writeLines([], send)).toEqual([]);
    expect(requests()).toBe(0);
  });
});
