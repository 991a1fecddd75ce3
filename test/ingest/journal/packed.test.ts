import { describe, expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type MetricName, metricNames } from '../../../broker/contract/metrics.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import { encodeEntry, type JournalEntry } from '../../../ingest/journal/entry.ts';
import { frameMagic, framePayloadBytesMax } from '../../../ingest/journal/frame.ts';
import { pack } from '../../../ingest/journal/pack.ts';
import { isPacked } from '../../../ingest/journal/packed.ts';
import { isPlain, PlainMessages } from '../../../ingest/journal/plain-messages.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { decodeEntries, readPacked } from '../../support/journal-entries.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');

function entry(
  device: DeviceKey,
  metrics: readonly MetricName[],
  more: Partial<JournalEntry> = {},
) {
  const readings = metrics.map((metric, index) => ({
    metric,
    at: receivedAt - index,
    value: index + 0.1,
    flag: 1 + (index % 4),
    reasons: index * 4099,
  }));
  return { device, receivedAt, readings, ...more };
}

function packed(entries: readonly JournalEntry[]): Buffer | undefined {
  const messages = new PlainMessages();
  messages.clear(receivedAt);
  for (const one of entries) {
    if (!isPlain(one)) throw new Error('not plain');
    messages.add(one.device, one);
  }
  const record = pack(messages);
  // What comes after uses the same room.
  return record && Buffer.from(record);
}

function recordOf(entries: readonly JournalEntry[]): Buffer {
  const record = packed(entries);
  if (!record) throw new Error('not packed');
  return record;
}

describe('a packed record', () => {
  it('refuses what it is not, cut anywhere or with places beyond its names', () => {
    const record = recordOf([entry('ulm/a', ['pm10', 'pm2_5']), entry('ulm/b', ['noise'])]);
    for (let end = 0; end < record.length; end++)
      expect(() => readPacked(record.subarray(0, end)), `cut at ${end}`).toThrow();
    expect(() => readPacked(Buffer.from('{"a":1}'))).toThrow();
    for (let at = 4; at < record.length; at++) {
      const wrong = Buffer.from(record);
      wrong[at] = 0xff;
      try {
        for (const { device, readings } of decodeEntries(wrong))
          expect([device, readings.map(({ metric }) => metric)]).not.toContain(undefined);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });

  it('is not made when the magic of a frame would be in it', () => {
    const value = Buffer.concat([Buffer.alloc(2), frameMagic, Buffer.from([0x00, 0x40])]);
    const one = entry('ulm/a', ['power']);
    const hostile = { ...one, readings: [{ ...one.readings[0], value: value.readDoubleLE() }] };
    expect(packed([hostile as JournalEntry])).toBeUndefined();
  });

  it('gives the entries back as they came, and never begins like JSON', () => {
    const entries: JournalEntry[] = [
      entry('ulm/a', ['pm10', 'pm2_5', 'relative_humidity'], {
        derived: [{ metric: 'pm2_5_corrected', at: receivedAt, value: 7.25, flag: 1, reasons: 0 }],
      }),
      entry('ulm/a', ['pm10']),
      entry('ulm/b', ['noise', 'pm10']),
      entry('ulm/a', metricNames),
    ];
    const record = recordOf(entries);
    expect(isPacked(record)).toBe(true);
    expect(decodeEntries(record)).toEqual(entries);
    for (const one of entries) {
      expect(isPacked(Buffer.from(encodeEntry(one)))).toBe(false);
      expect(decodeEntries(Buffer.from(encodeEntry(one)))).toEqual([one]);
    }
  });

  it('has received rows first, derived ones behind them, each with the device of its message', () => {
    const derived = (value: number) => ({
      derived: [{ metric: 'pm2_5_corrected' as const, at: receivedAt, value, flag: 1, reasons: 0 }],
    });
    const { devices, metrics, ...columns } = readPacked(
      recordOf([entry('ulm/a', ['pm2_5'], derived(1)), entry('ulm/b', ['pm2_5'], derived(2))]),
    );
    expect(columns).toMatchObject({ receivedAt, rows: 4, received: 2, messages: 2 });
    expect([...columns.device].map((place) => devices[place])).toEqual([
      'ulm/a',
      'ulm/b',
      'ulm/a',
      'ulm/b',
    ]);
    expect([...columns.metric].map((place) => metrics[place])).toEqual([
      'pm2_5',
      'pm2_5',
      'pm2_5_corrected',
      'pm2_5_corrected',
    ]);
    expect([...columns.value]).toEqual([0.1, 0.1, 1, 2]);
  });

  it('keeps random messages bit for bit, the same room used again', () => {
    const { next, index: pick } = createRandom(6);
    for (let round = 0; round < 200; round++) {
      const entries = Array.from({ length: 1 + pick(300) }, () => {
        const metrics = Array.from({ length: 1 + pick(5) }, () => metricNames[pick(30)] ?? 'pm10');
        const readings = metrics.map((metric) => ({
          metric,
          at: receivedAt - pick(1e9),
          value: (next() - 0.5) * 10 ** (pick(12) - 4),
          flag: 1 + pick(4),
          reasons: pick(2 ** 32),
        }));
        return { device: `p${pick(3)}/d${pick(40)}` as DeviceKey, receivedAt, readings };
      });
      expect(JSON.stringify(decodeEntries(recordOf(entries)))).toBe(JSON.stringify(entries));
    }
  });

  it('has room for as much as the limit says, within a frame', () => {
    const messages = new PlainMessages();
    messages.clear(receivedAt);
    let count = 0;
    while (!messages.isFull) {
      const device = `${'p'.repeat(64)}/${String(count++).padStart(64, 'd')}` as DeviceKey;
      messages.add(device, entry(device, ['pm2_5'], { derived: entry(device, ['co2']).readings }));
    }
    expect(count).toBe(ingestLimits.packedRowsMax);
    const record = pack(messages);
    expect(record?.length).toBeLessThan(framePayloadBytesMax);
    expect(record && readPacked(record).rows).toBe(2 * count);
  });
});
