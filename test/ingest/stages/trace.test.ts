import { describe, expect, test } from 'vitest';
import type { InboundMessage } from '../../../broker/bus/bus.ts';
import { diagnosticsLimits, MessageTrace } from '../../../broker/contract/diagnostics.ts';
import type { JudgedReading } from '../../../broker/contract/reading.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import type { JournalEntry } from '../../../ingest/journal/entry.ts';
import { type Fate, PlainMessages } from '../../../ingest/journal/plain-messages.ts';
import { createTracer, type Traced, type Tracer } from '../../../ingest/stages/trace.ts';

const device = 'ulm/a1';
const topic = 'city/v1/ulm/a1/readings';

function message(payload: string | Uint8Array, more: Partial<InboundMessage> = {}): InboundMessage {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return { topic, payload: bytes, qos: 1, retain: false, receivedAt: 5_000, ...more };
}

const reading: JudgedReading = { metric: 'pm10', at: 4_000, value: 12, flag: 1, reasons: 0 };
const entry = (more: Partial<JournalEntry> = {}): JournalEntry => ({
  device,
  receivedAt: 5_000,
  readings: [reading],
  ...more,
});

function note(tracer: Tracer, sent: InboundMessage, understood: JournalEntry): Fate {
  const fate: Fate = { isKept: undefined };
  tracer.note(sent, understood, fate);
  return fate;
}

describe('a message', () => {
  test('is told as it came and as it was understood', () => {
    const tracer = createTracer();
    const rejections = [{ reason: 'unknown-metric', field: 'pm25', detail: 'x' } as const];
    const text = '{"pm10":12,"pm25":3}';
    note(
      tracer,
      message(text),
      entry({
        dialect: 'native',
        untimed: 1,
        rejected: { topic, rejections: [...rejections], payload: 'unused' },
      }),
    );
    const [trace] = tracer.of(device);
    expect(MessageTrace.parse(trace)).toEqual({
      receivedAt: 5_000,
      topic,
      dialect: 'native',
      payload: { encoding: 'text', data: text, bytes: text.length, cut: false },
      accepted: [reading],
      acceptedCount: 1,
      untimedCount: 1,
      rejections,
      rejectedCount: 1,
    });
  });

  test('says whether it is on disk once that is known', () => {
    const tracer = createTracer();
    const fate = note(tracer, message('{}'), entry());
    expect(tracer.of(device)[0]?.kept).toBeUndefined();
    fate.isKept = true;
    expect(tracer.of(device)[0]?.kept).toBe(true);
    note(tracer, message('{}'), entry()).isKept = false;
    expect(tracer.of(device)[0]?.kept).toBe(false);
  });

  test.each([
    ['text in UTF-8', Buffer.from('{"ort":"Münster €😀"}'), 'text'],
    ['bytes that are none', Buffer.from([0xff, 0x00, 0x80]), 'base64'],
    ['nothing', Buffer.alloc(0), 'text'],
  ] as const)('of %s comes back byte by byte', (_what, bytes, encoding) => {
    const tracer = createTracer();
    note(tracer, message(bytes), entry());
    const payload = tracer.of(device)[0]?.payload;
    expect(payload).toMatchObject({ encoding, bytes: bytes.length, cut: false });
    const back = Buffer.from(payload?.data ?? '', encoding === 'text' ? 'utf8' : 'base64');
    expect(back.equals(bytes)).toBe(true);
  });

  test('is a slice of a larger buffer, which may be overwritten afterwards', () => {
    const tracer = createTracer();
    const socket = Buffer.from('xxx{"pm10":12}yyy');
    note(tracer, message(socket.subarray(3, 14)), entry());
    socket.fill(0);
    expect(tracer.of(device)[0]?.payload.data).toBe('{"pm10":12}');
  });

  test.each(['é', '€', '😀'])('that is cut within %s loses that character, and says so', (sign) => {
    const { payloadBytesMax } = diagnosticsLimits;
    for (let pad = 1; pad <= 4; pad += 1) {
      const tracer = createTracer();
      const text = `${'a'.repeat(payloadBytesMax - pad)}${sign.repeat(5)}`;
      note(tracer, message(text), entry());
      const payload = tracer.of(device)[0]?.payload;
      expect(payload).toMatchObject({ encoding: 'text', cut: true });
      expect(payload?.bytes).toBe(Buffer.byteLength(text));
      expect(text.startsWith(payload?.data ?? 'x')).toBe(true);
      expect(Buffer.byteLength(payload?.data ?? '')).toBeGreaterThan(payloadBytesMax - 4);
    }
  });

  test('with many readings lists some and counts all', () => {
    const tracer = createTracer();
    const rejections = Array.from({ length: 90 }, () => ({
      reason: 'out-of-range' as const,
      detail: 'x',
    }));
    note(
      tracer,
      message('{}'),
      entry({
        readings: Array.from({ length: 200 }, () => reading),
        rejected: { topic, rejections, payload: '' },
      }),
    );
    const trace = tracer.of(device)[0];
    expect(trace?.accepted).toHaveLength(diagnosticsLimits.readingsMax);
    expect(trace?.acceptedCount).toBe(200);
    expect(trace?.rejections).toHaveLength(diagnosticsLimits.rejectionsMax);
    expect(trace?.rejectedCount).toBe(90);
  });
});

describe('a plain message, straight from its columns', () => {
  const text = '{"pm10":12.5,"pm2_5":3}';
  const source = {
    bytes: Buffer.from(`header${text}tail`),
    start: 6,
    end: 6 + text.length,
    untimed: 1,
  };
  const other: JudgedReading = {
    metric: 'pm2_5',
    at: 4_001,
    value: -0.1,
    flag: 3,
    reasons: 2 ** 31,
  };

  test('is told like any other', () => {
    const [tracer, general] = [createTracer(), createTracer()];
    for (const rows of [[reading, other], [other], Array.from({ length: 90 }, () => other)]) {
      const messages = new PlainMessages();
      messages.clear(5_000);
      messages.add('ulm/first', entry());
      messages.add(device, entry({ readings: rows }));
      tracer.notePlain({ device, traces: undefined }, messages, source);
      messages.fate.isKept = true;
      messages.clear(6_000);
      const understood = entry({ dialect: 'native', untimed: 1, readings: rows });
      note(general, message(text), understood).isKept = true;
    }
    expect(tracer.of(device)).toHaveLength(3);
    expect(tracer.of(device)).toEqual(general.of(device));
    // It needs nothing beside its bytes.
    expect(tracer.bytes).toBeLessThan(general.bytes);
  });

  test('of a device that was forgotten meanwhile is found again', () => {
    const tracer = createTracer(3_000);
    const messages = new PlainMessages();
    messages.add(device, entry());
    const traced: Traced = { device, traces: undefined };
    tracer.notePlain(traced, messages, source);
    for (let n = 0; n < 8; n++) note(tracer, message(text), entry({ device: `ulm/d${n}` }));
    expect(tracer.of(device)).toEqual([]);
    tracer.notePlain(traced, messages, source);
    expect(tracer.of(device)).toHaveLength(1);
    expect(tracer.bytes).toBeLessThanOrEqual(3_000);
  });
});

describe('not remembered', () => {
  test.each([
    ['a message of nobody', message('{}'), entry({ device: undefined })],
    ['what is handed in once more', message('{}', { replayOf: '1' }), entry()],
    ['what comes from a file of the past', message('{}', { imported: true }), entry()],
  ])('%s', (_what, sent, understood) => {
    const tracer = createTracer();
    note(tracer, sent, understood);
    expect(tracer.of(device)).toEqual([]);
    expect(tracer.bytes).toBe(0);
  });
});

describe('bounds', () => {
  test('the last three of a device, newest first', () => {
    const tracer = createTracer();
    for (const n of [1, 2, 3, 4, 5]) note(tracer, message(`{"n":${n}}`), entry());
    expect(tracer.of(device).map(({ payload }) => payload.data)).toEqual([
      '{"n":5}',
      '{"n":4}',
      '{"n":3}',
    ]);
    const { bytes } = tracer;
    note(tracer, message('{"n":6}'), entry());
    expect(tracer.bytes).toBe(bytes);
  });

  test('at the bound of bytes the oldest messages go, of whatever device', () => {
    const tracer = createTracer(10_000);
    const noteOf = (name: string) =>
      note(tracer, message('x'.repeat(500)), entry({ device: `ulm/${name}`, readings: [] }));
    for (let i = 0; i < 8; i += 1) noteOf(`d${i}`);
    noteOf('d0');
    for (let i = 8; i < 12; i += 1) noteOf(`d${i}`);
    expect(tracer.bytes).toBeLessThanOrEqual(10_000);
    expect(tracer.of('ulm/d1')).toEqual([]);
    expect(tracer.of('ulm/d0')).toHaveLength(1);
    expect(tracer.of('ulm/d11')).toHaveLength(1);
  });

  test('whatever comes, the newest three of each device stand, and nothing older than what was forgotten', () => {
    const random = createRandom(7);
    const tracer = createTracer(60_000);
    const sent = new Map<string, string[]>();
    for (let n = 0; n < 3_000; n += 1) {
      const name = `ulm/d${Math.floor(random.next() ** 2 * 200)}` as const;
      const payload = `${n} `.padEnd(Math.floor(random.next() ** 4 * 1_500), 'x');
      note(tracer, message(payload), entry({ device: name }));
      sent.set(name, [payload, ...(sent.get(name) ?? [])].slice(0, 3));
      expect(tracer.bytes).toBeLessThanOrEqual(60_000);
    }
    const numbers = { kept: [] as number[], forgotten: [] as number[] };
    for (const [name, payloads] of sent) {
      const told = tracer.of(name as typeof device).map(({ payload }) => payload.data);
      expect(told).toEqual(payloads.slice(0, told.length));
      payloads.forEach((payload, age) => {
        numbers[age < told.length ? 'kept' : 'forgotten'].push(Number.parseInt(payload, 10));
      });
    }
    expect(numbers.forgotten.length).toBeGreaterThan(50);
    expect(Math.min(...numbers.kept)).toBeGreaterThan(Math.max(...numbers.forgotten));
  });

  test('a huge payload counts with what is kept of it', () => {
    const tracer = createTracer();
    note(tracer, message('x'.repeat(250_000)), entry({ readings: [] }));
    expect(tracer.bytes).toBeLessThan(3_000);
  });
});
