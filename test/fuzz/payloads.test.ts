import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../broker/bus/bus.ts';
import { DeviceKey } from '../../broker/contract/ids.ts';
import { parseInstant } from '../../broker/contract/instant.ts';
import { limits } from '../../broker/contract/limits.ts';
import { metricNames, metrics } from '../../broker/contract/metrics.ts';
import { JudgedReading } from '../../broker/contract/reading.ts';
import { Rejection } from '../../broker/contract/rejection.ts';
import { parseStatus } from '../../broker/contract/status.ts';
import { parseTopic } from '../../broker/contract/topics.ts';
import { dialects } from '../../ingest/decode/registry.ts';
import { encodeEntry } from '../../ingest/journal/entry.ts';
import { ingestLimits } from '../../ingest/limits.ts';
import { createAssessor } from '../../ingest/stages/assess.ts';
import { type InterpretContext, interpret } from '../../ingest/stages/interpret.ts';
import { decodeEntries } from '../support/journal-entries.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { holds, mutated, timeoutMs } from './settings.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const context: InterpretContext = {
  oldestAt: receivedAt - 90 * 86_400_000,
  dialectOf: () => undefined,
  admit: () => undefined,
};
const topic = 'city/v1/ulm/node-1/readings';
const assessor = createAssessor({ registry: createMemoryRegistry() });

function message(payload: Uint8Array, more: Partial<InboundMessage> = {}): InboundMessage {
  return { topic, payload, qos: 1, retain: false, receivedAt, ...more };
}

/** Everything that must be true of what a message comes to, whatever it is. */
function judge(sent: InboundMessage): void {
  const entries = interpret(sent, context).map((entry) => assessor.assess(entry));
  expect(entries.length).toBeGreaterThanOrEqual(1);
  let bytes = 0;
  // Of thousands, some are looked at: the checks cost more than the work.
  for (const entry of entries.slice(0, 50)) {
    if (entry.device !== undefined) expect(DeviceKey.safeParse(entry.device).success).toBe(true);
    for (const reading of entry.readings) {
      expect(JudgedReading.safeParse(reading).error).toBeUndefined();
      const metric = metrics.get(reading.metric);
      if (!metric) throw new Error(`${reading.metric} is not in the catalogue`);
      expect(reading.value).toBeGreaterThanOrEqual(metric.min);
      expect(reading.value).toBeLessThanOrEqual(metric.max);
      expect(reading.at).toBeGreaterThanOrEqual(context.oldestAt);
      expect(reading.at).toBeLessThanOrEqual(receivedAt + limits.clockAheadMsMax);
    }
    for (const rejection of entry.rejected?.rejections.slice(-20) ?? []) {
      expect(Rejection.safeParse(rejection).error).toBeUndefined();
    }
    // A message leaves a trace: readings, rejections, or what the device says of itself.
    const says = entry.online !== undefined || entry.commandAck !== undefined;
    const clearsStatus = sent.payload.length === 0 && sent.topic.endsWith('/status');
    const count = entry.readings.length + (entry.rejected?.rejections.length ?? 0);
    expect(count > 0 || says || clearsStatus).toBe(true);
    const encoded = Buffer.from(encodeEntry(entry));
    bytes += encoded.length;
    const { dialect: _, untimed: __, ...journalled } = entry;
    expect(JSON.stringify(decodeEntries(encoded)) === JSON.stringify([journalled])).toBe(true);
    if (entry.rejected) {
      const kept = Buffer.from(entry.rejected.payload, 'base64');
      expect(kept.equals(sent.payload)).toBe(true);
    }
  }
  expect(bytes).toBeLessThan(ingestLimits.payloadCopiesBytesMax + sent.payload.length * 20 + 1e6);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'at',
  'readings',
  'bn',
  'n',
  'sensordatavalues',
  '',
  ' ',
  '\ud800',
  '\u0000',
  'a\nb="1"',
  'x'.repeat(300),
];
const key = fc.oneof(fc.constantFrom(...metricNames), fc.constantFrom(...hostileKeys), fc.string());
/** Values as JSON text, so that what no object can hold is among them. */
const scalarText = fc.oneof(
  fc.constantFrom('1e400', '-1e400', '-0', '1e-400', '0.1', 'null', 'true', '""', '"NaN"', '"1e5"'),
  fc.constantFrom('"\\ud800"', '"Infinity"', '"0x10"', '" 12.3 "', '"12,3"', '9007199254740993'),
  fc.double().map((value) => JSON.stringify(value)),
  fc.string().map((value) => JSON.stringify(value)),
  fc.date({ noInvalidDate: true }).map((date) => JSON.stringify(date)),
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalarText,
    fc.array(tie('tree'), { maxLength: 6 }).map((items) => `[${items.join(',')}]`),
    // As text, keys may come twice.
    fc
      .array(fc.tuple(key, tie('tree')), { maxLength: 6 })
      .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`),
  ),
}));
const way = fc.record(
  {
    topic: fc.constantFrom(topic, 'city/v1/ulm/node-1/status', '/api/v1/push/senml', 'elsewhere'),
    dialect: fc.constantFrom(...dialects, 'unheard-of', '__proto__'),
    headers: fc.dictionary(fc.constantFrom('x-sensor', 'x-pin', 'node'), fc.string()),
  },
  { requiredKeys: ['topic'] },
);

const fixture = join(import.meta.dirname, '..', 'fixtures', 'dialect-examples.json');
const examples = [
  '{"at":"2026-11-22T10:00:00Z","pm10":12.3,"pm2_5":8.1}',
  '{"readings":[{"at":1795341600,"pm10":1},{"at":1795341660,"noise":"52.1"}]}',
  '[{"bn":"urn:dev:mac:0024/","bt":1795341600,"n":"temperature","u":"Cel","v":21.4},{"n":"pressure","u":"Pa","v":96543,"t":-5}]',
  '{"esp8266id":"1","sensordatavalues":[{"value_type":"SDS_P1","value":"12.3"},{"value_type":"signal","value":"-68 dBm"}]}',
  readFileSync(fixture, 'utf8').slice(0, 4_000),
].map((text) => Buffer.from(text));

describe('interpreting a message never throws, and what it accepts is good', () => {
  it(
    'of random bytes',
    () => holds(fc.property(fc.uint8Array(), way, (bytes, more) => judge(message(bytes, more)))),
    timeoutMs,
  );

  it(
    'of JSON with hostile keys and values',
    () => holds(fc.property(tree, way, (text, more) => judge(message(Buffer.from(text), more)))),
    timeoutMs,
  );

  it(
    'of damaged examples of each dialect',
    () => holds(fc.property(mutated(examples), way, (bytes, more) => judge(message(bytes, more)))),
    timeoutMs,
  );
});

describe('the largest message costs little, however it is filled', () => {
  const bytesMax = limits.payloadBytesMax;
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  function filled(head: string, item: (index: number) => string, tail: string): string {
    const items: string[] = [];
    for (let left = bytesMax - head.length - tail.length; ; ) {
      const next = item(items.length);
      left -= next.length + 1;
      if (left < 0) return head + items.join(',') + tail;
      items.push(next);
    }
  }

  it.each([
    ['nesting', () => nested(bytesMax / 2)],
    ['nesting of 10,000 levels in a value', () => `{"pm10":${nested(10_000)}}`],
    ['nesting in a value', () => `{"pm10":${nested(bytesMax / 2 - 10)}}`],
    ['nesting in a time', () => `{"pm10":1,"at":${nested(bytesMax / 2 - 20)}}`],
    ['digits that end in a letter', () => `{"pm10":"${'1'.repeat(bytesMax - 20)}x"}`],
    ['a time of digits', () => `{"pm10":1,"at":"${'1'.repeat(bytesMax - 30)}"}`],
    ['things that are no objects', () => filled('{"readings":[', () => '1', ']}')],
    ['keys', () => filled('{', (index) => `"${index}":1`, '}')],
    ['records that are none', () => filled('[{"n":"pm10","v":1},', () => '1', ']')],
    ['devices', () => filled('[', (index) => `{"n":"d${index}:q","v":1}`, ']')],
    [
      'a long base name for many records',
      () => filled(`[{"bn":"${'/'.repeat(100_000)}x"},`, () => '{"n":"a:b","v":1}', ']'),
    ],
    [
      'spaces before a unit',
      () =>
        `{"sensordatavalues":[{"value_type":"signal","value":"${' '.repeat(bytesMax - 100)}x"}]}`,
    ],
    ['values that are none', () => filled('{"sensordatavalues":[', () => '1', ']}')],
  ])('with %s', (_what, make) => {
    const payload = Buffer.from(make());
    const ways = [
      message(payload),
      message(payload, { topic: '/push', account: { kind: 'provider', provider: 'ulm' } }),
    ];
    for (const sent of ways) {
      const beganAt = performance.now();
      const entries = interpret(sent, context).map((entry) => assessor.assess(entry));
      const bytes = entries.reduce((sum, entry) => sum + encodeEntry(entry).length, 0);
      // Generous: what it guards against takes minutes or all memory.
      expect(performance.now() - beganAt).toBeLessThan(3_000);
      expect(bytes).toBeLessThan(ingestLimits.payloadCopiesBytesMax * 2);
      judge(sent);
    }
  });
});

describe('the parts of a message', () => {
  it(
    'an instant is a whole number of ms or none',
    () =>
      holds(
        fc.property(fc.oneof(fc.string(), fc.double(), fc.anything(), fc.date()), (value) => {
          const at = parseInstant(value);
          expect(at === undefined || (Number.isSafeInteger(at) && at >= 0)).toBe(true);
        }),
      ),
    timeoutMs,
  );

  it(
    'a topic is ours or not, and never half',
    () => {
      const level = fc.oneof(
        fc.constantFrom('city', 'v1', 'live', 'readings', 'status', '+', '#', '$SYS', '', 'a b'),
        fc.string(),
      );
      const topics = fc.array(level, { maxLength: 8 }).map((levels) => levels.join('/'));
      return holds(
        fc.property(
          fc.oneof(
            topics,
            topics.map((rest) => `city/v1/${rest}`),
          ),
          (text) => {
            const parsed = parseTopic(text);
            if (parsed) expect(DeviceKey.safeParse(parsed.device).success).toBe(true);
            judge(message(Buffer.from('{"pm10":1}'), { topic: text }));
          },
        ),
      );
    },
    timeoutMs,
  );

  it(
    'a status is understood or not, and never thrown about',
    () =>
      holds(
        fc.property(
          fc.oneof(fc.string(), tree, fc.constant(`{"status":${'['.repeat(9e4)}`)),
          (text) => {
            const status = parseStatus(text);
            if (status) expect(typeof status.online).toBe('boolean');
            judge(message(Buffer.from(text), { topic: 'city/v1/ulm/node-1/status' }));
          },
        ),
      ),
    timeoutMs,
  );
});
