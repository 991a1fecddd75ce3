import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../../broker/bus/bus.ts';
import type { Rejection } from '../../../broker/contract/rejection.ts';
import { type InterpretContext, interpret } from '../../../ingest/stages/interpret.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const topic = 'city/v1/ulm/node-1/readings';
const context: InterpretContext = {
  oldestAt: receivedAt - 90 * 86_400_000,
  dialectOf: () => undefined,
  admit: () => undefined,
};

function message(payload: string | Uint8Array, more: Partial<InboundMessage> = {}): InboundMessage {
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos: 1,
    retain: false,
    receivedAt,
    ...more,
  };
}

function only(payload: string | Uint8Array, more: Partial<InboundMessage> = {}) {
  const entries = interpret(message(payload, more), context);
  const [entry] = entries;
  if (!entry || entries.length !== 1) throw new Error(`${entries.length} entries`);
  return { ...entry, reasons: (entry.rejected?.rejections ?? []).map((r: Rejection) => r.reason) };
}

describe('a message as a whole', () => {
  it.each([
    ['truncated JSON', '{"pm10": 12.', 'malformed-payload'],
    ['text', 'hello', 'malformed-payload'],
    ['nothing', '', 'empty-message'],
    ['ill-formed UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'malformed-payload'],
    ['a bare number', '12', 'unknown-format'],
    ['an empty array', '[]', 'unknown-format'],
    ['an array of text', '["a"]', 'unknown-format'],
    ['an object without metrics', '{}', 'empty-message'],
    ['only a time', '{"at":"2026-11-22T10:00:00Z"}', 'empty-message'],
    ['a batch that is none', '{"readings":5}', 'unknown-format'],
    ['an empty batch', '{"readings":[]}', 'empty-message'],
    ['a SenML record without a value', '[{"bn":"x","n":"temperature"}]', 'empty-message'],
    ['only what was not measured', '{"pm10":null}', 'empty-message'],
  ] as const)(
    'with %s is rejected as one reading and kept with its bytes',
    (_what, payload, reason) => {
      const entry = only(payload);
      expect(entry.reasons).toEqual([reason]);
      expect(entry.readings).toEqual([]);
      expect(entry.device).toBe('ulm/node-1');
      expect(Buffer.from(entry.rejected?.payload ?? '', 'base64')).toEqual(Buffer.from(payload));
    },
  );

  it('keeps the good readings beside the bad ones', () => {
    const entry = only('{"pm10":12.3,"pm99":1,"temperature":"warm","relative_humidity":"64.0"}');
    expect(entry.readings).toEqual([
      { metric: 'pm10', at: receivedAt, value: 12.3 },
      { metric: 'relative_humidity', at: receivedAt, value: 64 },
    ]);
    expect(entry.reasons).toEqual(['unknown-metric', 'not-a-number']);
    expect(entry.rejected?.rejections.map(({ field }) => field)).toEqual(['pm99', 'temperature']);
  });

  it('takes a batch with a time for each object', () => {
    const entry = only(
      '{"readings":[{"at":1795341600,"pm10":1},{"at":1795341660,"pm10":2,"pm2_5":1}]}',
    );
    expect(entry.readings.map(({ at, metric, value }) => [at, metric, value])).toEqual([
      [1795341600000, 'pm10', 1],
      [1795341660000, 'pm10', 2],
      [1795341660000, 'pm2_5', 1],
    ]);
  });

  it('bounds the readings of one message and says so for the rest', () => {
    const entry = only(
      JSON.stringify({ readings: Array.from({ length: 5_002 }, () => ({ pm10: 1 })) }),
    );
    expect(entry.readings).toHaveLength(5_000);
    expect(entry.reasons).toEqual(['too-many-readings', 'too-many-readings']);
  });

  it('rejects each reading of a device that may not speak', () => {
    const closed: InterpretContext = {
      ...context,
      admit: () => ({ reason: 'unknown-device', detail: 'not registered' }),
    };
    const [entry] = interpret(message('{"pm10":1,"pm2_5":1}'), closed);
    expect(entry?.readings).toEqual([]);
    expect(entry?.rejected?.rejections.map(({ reason }) => reason)).toEqual([
      'unknown-device',
      'unknown-device',
    ]);
  });

  it('uses the dialect that the device is described with', () => {
    const described: InterpretContext = { ...context, dialectOf: () => 'senml' };
    const [entry] = interpret(message('{"n":"temperature","v":3}'), described);
    expect(entry?.readings).toEqual([{ metric: 'temperature', at: receivedAt, value: 3 }]);
  });
});

describe('SenML', () => {
  it('resolves base fields, relative times and units', () => {
    const entry = only(
      JSON.stringify([
        {
          bn: 'urn:dev:mac:0024befffe804ff1/',
          bt: 1795341600,
          n: 'temperature',
          u: 'Cel',
          v: 21.4,
        },
        { n: 'pressure', u: 'Pa', v: 96543 },
        { n: 'distance', u: 'm', v: 1.2, t: 60 },
      ]),
    );
    expect(entry.readings).toEqual([
      { metric: 'temperature', at: 1795341600000, value: 21.4 },
      { metric: 'pressure', at: 1795341600000, value: 965.43 },
      { metric: 'distance', at: 1795341660000, value: 1200 },
    ]);
    expect(entry.reasons).toEqual([]);
  });

  it('counts a small time from now', () => {
    expect(only('[{"n":"temperature","v":3,"t":-90}]').readings).toEqual([
      { metric: 'temperature', at: receivedAt - 90_000, value: 3 },
    ]);
  });

  it.each([
    [
      'a unit that does not belong to the name',
      '[{"n":"temperature","u":"lx","v":1}]',
      'unknown-unit',
    ],
    ['neither a known name nor a known unit', '[{"n":"mood","u":"ug","v":1}]', 'unknown-metric'],
    ['a base time that is text', '[{"bt":"now","n":"temperature","v":1}]', 'malformed-payload'],
    [
      'base time and absolute time added up',
      '[{"bt":1795341600,"t":1795341600,"n":"temperature","v":1}]',
      'future-timestamp',
    ],
  ])('rejects %s', (_what, payload, reason) => {
    expect(only(payload).reasons).toEqual([reason]);
  });
});

describe('airRohr', () => {
  const push = (values: [string, string][], headers: Record<string, string> = {}) =>
    only(
      JSON.stringify({
        sensordatavalues: values.map(([value_type, value]) => ({ value_type, value })),
      }),
      {
        topic: '/v1/push-sensor-data/',
        headers: { 'x-sensor': 'esp8266-526093', ...headers },
        account: { kind: 'provider', provider: 'ulm' },
      },
    );

  it('takes the sensor that is trusted most where several measure one quantity', () => {
    const entry = push([
      ['temperature', '9'],
      ['BME280_temperature', '7.5'],
      ['DS18B20_temperature', '8'],
    ]);
    expect(entry.readings).toEqual([{ metric: 'temperature', at: receivedAt, value: 7.5 }]);
  });

  it('turns Pa into hPa and leaves statistics out', () => {
    const entry = push([
      ['BME280_pressure', '96543.21'],
      ['samples', '1'],
      ['GPS_lat', '48.4'],
      ['HECA_temperature', '30'],
    ]);
    expect(entry.readings).toEqual([{ metric: 'pressure', at: receivedAt, value: 965.4321 }]);
    expect(entry.reasons).toEqual([]);
  });

  it('does not take the pulse counts of a PPD42NS for µg/m³', () => {
    expect(
      push(
        [
          ['P1', '900'],
          ['P2', '400'],
        ],
        { 'x-pin': '5' },
      ).readings,
    ).toEqual([]);
  });

  it('rejects a value type that nobody knows and keeps the others', () => {
    const entry = push([
      ['SDS_P1', '9.15'],
      ['XYZ_42', '1'],
    ]);
    expect(entry.readings).toHaveLength(1);
    expect(entry.reasons).toEqual(['unknown-metric']);
  });

  it('belongs to the device of the token, whatever id the body claims', () => {
    const entry = only(
      '{"esp8266id":"999","sensordatavalues":[{"value_type":"SDS_P1","value":"9"}]}',
      {
        topic: '/data.php',
        account: { kind: 'device', device: 'ulm/balcony' },
      },
    );
    expect(entry.device).toBe('ulm/balcony');
  });

  it('without any account that could own the device is rejected', () => {
    const entry = only(
      '{"esp8266id":"999","sensordatavalues":[{"value_type":"SDS_P1","value":"9"}]}',
      {
        topic: '/data.php',
        account: { kind: 'admin' },
      },
    );
    expect(entry.device).toBeUndefined();
    expect(entry.reasons).toEqual(['unknown-device']);
  });
});

interface Example {
  dialect: string;
  topic: string;
  headers: Record<string, string>;
  payload: string;
  expect: {
    metric: string;
    value: number;
    device: string;
    device_any?: string[];
    optional?: boolean;
  }[];
}
const examples = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/dialect-examples.json'), 'utf8'),
) as Example[];

describe('what devices in the field send', () => {
  const spoken = examples.filter(({ dialect }) => /^(sensor-community|airrohr)/.test(dialect));
  it.each(spoken)('$dialect at $topic', (example) => {
    const headers = Object.fromEntries(
      Object.entries(example.headers).map(([k, v]) => [k.toLowerCase(), v]),
    );
    const entry = only(example.payload, {
      topic: example.topic,
      headers,
      account: { kind: 'provider', provider: 'ulm' },
    });
    for (const wanted of example.expect) {
      const reading = entry.readings.find(({ metric }) => metric === wanted.metric);
      if (!reading && wanted.optional) continue;
      expect(reading?.value).toBeCloseTo(wanted.value, 2);
      const names = (wanted.device_any ?? [wanted.device]).map((name) => `ulm/${name}`);
      expect(names).toContain(entry.device);
    }
    expect(entry.reasons).toEqual([]);
  });
});

describe('status', () => {
  const statusTopic = 'city/v1/ulm/node-1/status';
  it.each([
    ['online', true],
    ['OFFLINE', false],
    ['{"status":"online","ip":"10.0.0.7"}', true],
  ])('understands %s', (payload, online) => {
    expect(only(payload, { topic: statusTopic }).online).toBe(online);
  });

  it('rejects what is neither online nor offline', () => {
    expect(only('sleeping', { topic: statusTopic }).reasons).toEqual(['malformed-payload']);
  });

  it('says nothing when a retained status is cleared', () => {
    const entry = only('', { topic: statusTopic });
    expect(entry.online).toBeUndefined();
    expect(entry.rejected).toBeUndefined();
  });
});
