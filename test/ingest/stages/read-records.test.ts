import { expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { metricNames } from '../../../broker/contract/metrics.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import { encodeEntry, type JournalEntry } from '../../../ingest/journal/entry.ts';
import { pack } from '../../../ingest/journal/pack.ts';
import { isPlain, PlainMessages } from '../../../ingest/journal/plain-messages.ts';
import { RecordReader } from '../../../ingest/stages/read-records.ts';
import { decodeEntries } from '../../support/journal-entries.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const { next, index: pick } = createRandom(11);

function randomReadings(count: number) {
  return Array.from({ length: count }, () => ({
    metric: metricNames[pick(8)] ?? 'pm10',
    at: receivedAt - pick(1e9),
    value: (next() - 0.5) * 10 ** (pick(12) - 4),
    flag: 1 + pick(4),
    reasons: pick(2 ** 15),
  }));
}

function randomEntry(): JournalEntry {
  const device = `p${pick(3)}/d${pick(9)}` as DeviceKey;
  const derived = pick(3) === 0 ? { derived: randomReadings(1 + pick(2)) } : {};
  return { device, receivedAt, readings: randomReadings(1 + pick(4)), ...derived };
}

function packed(entries: readonly JournalEntry[]): Buffer {
  const messages = new PlainMessages();
  messages.clear(receivedAt);
  for (const entry of entries) if (isPlain(entry)) messages.add(entry.device, entry);
  const record = pack(messages);
  if (!record) throw new Error('not packed');
  return Buffer.from(record);
}

/** What the general way makes of records, one object for each reading. */
function asObjects(payloads: readonly Buffer[], which: 'readings' | 'derived') {
  return payloads.flatMap((payload) =>
    decodeEntries(payload).flatMap(({ device, receivedAt: arrived, ...entry }) =>
      (entry[which] ?? []).map((reading) => ({ device, ...reading, receivedAt: arrived })),
    ),
  );
}

it('reads what the general way reads, packed or not, with the columns and numbers of earlier calls used again', () => {
  const reader = new RecordReader();
  for (let round = 0; round < 60; round++) {
    const payloads = Array.from({ length: pick(6) }, () => {
      if (pick(3) === 0) return Buffer.from(encodeEntry(randomEntry()));
      return packed(Array.from({ length: 1 + pick(5) }, randomEntry));
    });
    const records = payloads.map((payload, index) => ({ position: 100 * index, payload }));
    const read = reader.read({ records });
    expect(read.received.readings()).toEqual(asObjects(payloads, 'readings'));
    expect(read.derived.readings()).toEqual(asObjects(payloads, 'derived'));
    for (const [index, payload] of payloads.entries()) {
      const { position, firstRow, messages } = read.records;
      expect([position[index], messages[index]]).toEqual([
        100 * index,
        decodeEntries(payload).length,
      ]);
      const end = firstRow[index + 1] ?? read.received.length;
      for (let row = firstRow[index] ?? 0; row < end; row++) expect(read.recordOf(row)).toBe(index);
    }
  }
});

it('takes nothing of a packed record that contradicts itself, and all of those around it', () => {
  const whole = packed([randomEntry(), randomEntry()]);
  const rows = asObjects([whole], 'readings').length;
  let damaged = 0;
  for (let at = 1; at < whole.length; at++) {
    const payload = Buffer.from(whole);
    payload[at] = 0xff;
    const unreadable: number[] = [];
    const reader = new RecordReader((position) => {
      unreadable.push(position);
      return { device: undefined, receivedAt, readings: [] };
    });
    const records = [whole, payload, whole].map((each, index) => ({
      position: index,
      payload: each,
    }));
    const { received } = reader.read({ records });
    let expected: unknown[] | undefined;
    try {
      expected = asObjects([payload], 'readings');
    } catch {
      damaged++;
    }
    expect(unreadable).toEqual(expected ? [] : [1]);
    expect(received.length).toBe(2 * rows + (expected?.length ?? 0));
  }
  expect(damaged).toBeGreaterThan(10);
});

it('keeps beside the columns only entries that are more than readings', () => {
  const rejected = { topic: 't', rejections: [], payload: '' };
  const entries: JournalEntry[] = [
    randomEntry(),
    { device: 'ulm/a', receivedAt, readings: [], online: true },
    { device: undefined, receivedAt, readings: [], rejected },
  ];
  const records = entries.map((entry, position) => ({
    position,
    payload: Buffer.from(encodeEntry(entry)),
  }));
  const { entries: kept } = new RecordReader().read({ records });
  expect(kept.map(({ position }) => position)).toEqual([1, 2]);
});
