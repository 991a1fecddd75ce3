import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { frameHeaderBytes, frameMagic, writeFrame } from '../../../ingest/journal/frame.ts';
import { Journal } from '../../../ingest/journal/journal.ts';
import { quarantineFilesMax } from '../../../ingest/journal/quarantine.ts';
import { readAllRecords } from '../../support/journal.ts';
import { silentLog } from '../../support/log.ts';
import { makeTempFolder, tempFolder } from '../../support/temp-folder.ts';

const open = (folder: string): Promise<Journal> =>
  Journal.open({ folder, journalBytesMax: 1e12 }, silentLog);

async function appendAll(journal: Journal, payloads: readonly (string | Buffer)[]): Promise<void> {
  await Promise.all(
    payloads.map(
      (payload) =>
        new Promise<void>((resolve, reject) =>
          journal.append(payload, (error) => (error ? reject(error) : resolve())),
        ),
    ),
  );
}

const segmentsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .map((name) => join(folder, name));

const quarantined = (folder: string): string[] => {
  try {
    return readdirSync(join(folder, 'quarantine')).sort();
  } catch {
    return [];
  }
};

const records = 100;
const text = (index: number): string => `record ${String(index).padStart(4, '0')} `.repeat(20);
const frameBytes = frameHeaderBytes + text(0).length;
const all = Array.from({ length: records }, (_, index) => text(index));

/** Damages a byte range of a written segment and says which records are lost. */
const damages: Record<string, { damage(bytes: Buffer): void; lost: number[] }> = {
  'a flipped bit in a payload': {
    damage: (bytes) => {
      const at = 50 * frameBytes + 40;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    },
    lost: [50],
  },
  'a flipped bit in the first record': {
    damage: (bytes) => {
      bytes[40] = (bytes[40] ?? 0) ^ 1;
    },
    lost: [0],
  },
  'a length that is too large': {
    damage: (bytes) => void bytes.writeUInt32LE(5_000, 50 * frameBytes + 4),
    lost: [50],
  },
  'a length that reaches beyond the end': {
    damage: (bytes) => void bytes.writeUInt32LE(16_000_000, 50 * frameBytes + 4),
    lost: [50],
  },
  'a length beyond all bounds': {
    damage: (bytes) => void bytes.writeUInt32LE(0xffffffff, 50 * frameBytes + 4),
    lost: [50],
  },
  'a length that is too small': {
    damage: (bytes) => void bytes.writeUInt32LE(3, 50 * frameBytes + 4),
    lost: [50],
  },
  'a wrong checksum': {
    damage: (bytes) => void bytes.writeUInt32LE(7, 50 * frameBytes + 8),
    lost: [50],
  },
  'a wrong magic': {
    damage: (bytes) => void bytes.fill(0, 50 * frameBytes, 50 * frameBytes + 1),
    lost: [50],
  },
  'a page of zeros': {
    damage: (bytes) => void bytes.fill(0, 8192, 12_288),
    lost: Array.from({ length: 100 }, (_, index) => index).filter(
      (index) => index * frameBytes < 12_288 && (index + 1) * frameBytes > 8192,
    ),
  },
  'a record that stands where another one was': {
    damage: (bytes) => void bytes.copy(bytes, 50 * frameBytes, 20 * frameBytes, 21 * frameBytes),
    lost: [50],
  },
  'two damaged places': {
    damage: (bytes) => {
      bytes.fill(0, 10 * frameBytes, 10 * frameBytes + 2);
      bytes.fill(0, 90 * frameBytes, 90 * frameBytes + 2);
    },
    lost: [10, 90],
  },
};

describe('damage in the middle of the journal', () => {
  it.each(Object.entries(damages))('loses no record beside %s', async (_name, { damage, lost }) => {
    const folder = tempFolder();
    const first = await open(folder);
    await appendAll(first, all);
    await first.close();
    const [path = ''] = segmentsOf(folder);
    const bytes = readFileSync(path);
    damage(bytes);
    writeFileSync(path, bytes);

    const journal = await open(folder);
    await appendAll(journal, ['after the damage']);
    const expected = [...all.filter((_, index) => !lost.includes(index)), 'after the damage'];
    expect(await readAllRecords(journal)).toEqual(expected);
    expect(quarantined(folder).length).toBe(lost[0] === 10 ? 2 : 1);
    expect(journal.damagedBytes).toBe(lost.length * frameBytes);
    // The sink reads what was reported at the start once more: that is not more damage.
    await readAllRecords(journal);
    expect(journal.damagedBytes).toBe(lost.length * frameBytes);
    const [copy = ''] = quarantined(folder);
    expect(copy).toBe(`${String((lost[0] ?? 0) * frameBytes).padStart(16, '0')}.bin`);
    const from = (lost[0] ?? 0) * frameBytes;
    const kept = readFileSync(join(folder, 'quarantine', copy));
    expect(kept.equals(bytes.subarray(from, from + kept.length))).toBe(true);
    await journal.close();
  });

  it('reads what stands behind a hole: a segment that is missing or short', async () => {
    const folder = tempFolder();
    for (const part of [0, 1, 2]) {
      const journal = await open(folder);
      await appendAll(journal, all.slice(part * 10, part * 10 + 10));
      await journal.close();
    }
    unlinkSync(segmentsOf(folder)[1] ?? '');
    const [path = ''] = segmentsOf(folder);
    writeFileSync(path, readFileSync(path).subarray(0, 5 * frameBytes + 7));
    const journal = await open(folder);
    expect(await readAllRecords(journal)).toEqual([...all.slice(0, 5), ...all.slice(20, 30)]);
    expect(journal.damagedBytes).toBe(15 * frameBytes);
    await journal.close();
  });

  it('treats a page that the disk cannot read as damage, and reads on', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    await appendAll(journal, all);
    const { open: openFile } = await import('node:fs/promises');
    const probe = await openFile(segmentsOf(folder)[0] ?? '');
    const prototype = Object.getPrototypeOf(probe) as {
      read(buffer: Buffer, offset: number, length: number, position: number): Promise<unknown>;
    };
    await probe.close();
    const read = prototype.read;
    const failing = vi.spyOn(prototype, 'read').mockImplementation(function (
      this: unknown,
      ...args
    ) {
      const [, , length, position] = args;
      if (position < 12_288 && position + length > 8192)
        return Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
      return read.apply(this as never, args);
    });
    const { lost = [] } = damages['a page of zeros'] ?? {};
    expect(await readAllRecords(journal)).toEqual(all.filter((_, index) => !lost.includes(index)));
    failing.mockRestore();
    expect(journal.damagedBytes).toBe(lost.length * frameBytes);
    await journal.close();
  });

  it('keeps a copy of a last record that cannot be told from a torn one', async () => {
    const folder = tempFolder();
    const first = await open(folder);
    await appendAll(first, ['the very last']);
    await first.close();
    const [path = ''] = segmentsOf(folder);
    const bytes = readFileSync(path);
    bytes[frameHeaderBytes] = 0;
    writeFileSync(path, bytes);
    const journal = await open(folder);
    expect(await readAllRecords(journal)).toEqual([]);
    expect(journal.damagedBytes).toBe(0);
    const kept = readFileSync(join(folder, 'quarantine', '0000000000000000.bin'));
    expect(kept.equals(bytes)).toBe(true);
    await journal.close();
  });

  it('keeps a bounded number of pieces in quarantine, and reads on beyond', async () => {
    const folder = tempFolder();
    const first = await open(folder);
    await appendAll(
      first,
      Array.from({ length: 300 }, () => text(1)),
    );
    await first.close();
    const [path = ''] = segmentsOf(folder);
    const bytes = readFileSync(path);
    for (let index = 0; index < 300; index += 2) bytes[index * frameBytes + 30] = 0;
    writeFileSync(path, bytes);
    const journal = await open(folder);
    expect(await readAllRecords(journal)).toHaveLength(150);
    expect(quarantined(folder)).toHaveLength(quarantineFilesMax);
    expect(journal.damagedBytes).toBe(150 * frameBytes);
    await journal.close();
  });
});

/** Bytes that look like records, wherever they stand. */
const frameLike = fc
  .record({
    payload: fc.uint8Array({ minLength: 1, maxLength: 30 }),
    position: fc.nat(3_000),
    cut: fc.nat(10),
  })
  .map(({ payload, position, cut }) => {
    const frame = Buffer.alloc(frameHeaderBytes + payload.length);
    writeFrame(frame, 0, Buffer.from(payload), position);
    return frame.subarray(0, Math.max(1, frame.length - (cut > 7 ? cut : 0)));
  });
const piece = fc.oneof(
  frameLike,
  fc.constant(frameMagic),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const payload = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((parts) => Buffer.concat(parts));

describe('a journal of payloads that contain records', () => {
  it('gives back exactly its own records, minus those that were damaged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload, { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), bit: fc.nat(7) }),
          {
            maxLength: 3,
          },
        ),
        async (payloads, flips) => {
          const { path: folder, remove } = makeTempFolder();
          try {
            const first = await open(folder);
            await appendAll(first, payloads);
            // A last good record: damage before it is in the middle, not a torn tail.
            await appendAll(first, ['the end']);
            await first.close();
            const hit = flipBits(folder, payloads, flips);
            const journal = await open(folder);
            const found = await readAllRecords(journal, 'latin1');
            await journal.close();
            const own = payloads.filter((_, index) => !hit.has(index));
            expect(found).toEqual([...own.map((own) => own.toString('latin1')), 'the end']);
          } finally {
            remove();
          }
        },
      ),
      { numRuns: 150, seed: 20261122 },
    );
  });
});

/** Flips bits of the first segment before its last record; returns the indices of the records hit. */
function flipBits(
  folder: string,
  payloads: readonly Buffer[],
  flips: readonly { at: number; bit: number }[],
): Set<number> {
  const [path = ''] = segmentsOf(folder);
  const bytes = readFileSync(path);
  const whole = Buffer.from(bytes);
  const total = payloads.reduce((sum, { length }) => sum + frameHeaderBytes + length, 0);
  for (const { at, bit } of flips) {
    const offset = Math.floor(at * total);
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  }
  writeFileSync(path, bytes);
  const hit = new Set<number>();
  let start = 0;
  for (const [index, { length }] of payloads.entries()) {
    const end = start + frameHeaderBytes + length;
    if (!bytes.subarray(start, end).equals(whole.subarray(start, end))) hit.add(index);
    start = end;
  }
  return hit;
}
