import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../../broker/bus/bus.ts';
import { limits } from '../../../broker/contract/limits.ts';
import { metricNames, metricOf } from '../../../broker/contract/metrics.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import { ReadingColumns } from '../../../ingest/journal/reading-columns.ts';
import { interpret } from '../../../ingest/stages/interpret.ts';
import { PlainReader } from '../../../ingest/stages/read-plain.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const oldestAt = receivedAt - 90 * 86_400_000;
const reader = new PlainReader();

/** Reads a message that lies between others, as in what a socket gave. */
function plain(text: string | Uint8Array) {
  const payload = Buffer.from(text);
  const before = Buffer.from('{"pm10":1}');
  const bytes = Buffer.concat([before, payload, Buffer.from('5,"pm10":1}0')]);
  const to = new ReadingColumns(1);
  reader.begin(bytes, { receivedAt, oldestAt });
  const isRead = reader.read(before.length, before.length + payload.length, to);
  if (!isRead) {
    expect(to.count).toBe(0);
    return undefined;
  }
  const readings = to.readings(0, to.count).map(({ metric, at, value }) => ({ metric, at, value }));
  return { readings, untimed: reader.untimed };
}

function general(text: string | Uint8Array) {
  const message: InboundMessage = {
    topic: 'city/v1/ulm/node-1/readings',
    payload: Buffer.from(text),
    qos: 1,
    retain: false,
    receivedAt,
  };
  const [entry] = interpret(message, {
    oldestAt,
    dialectOf: () => undefined,
    admit: () => undefined,
  });
  return entry;
}

/** What is read plainly is what the general way makes of it, bit for bit; gives whether it was read plainly. */
function agrees(text: string | Uint8Array): boolean {
  const read = plain(text);
  if (!read) return false;
  const { readings, untimed = 0, rejected, dialect } = general(text) ?? { readings: [] };
  expect(rejected, `${text}`).toBeUndefined();
  expect(dialect).toBe('native');
  const zeroes = readings.map((reading) => ({ ...reading, value: reading.value + 0 }));
  expect(read, `${text}`).toEqual({ readings: zeroes, untimed });
  return true;
}

describe('read plainly', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{"pm10":12'],
    ['more behind it', '{"pm10":12}}'],
    ['an end that belongs to another message', '{"pm10":1'],
    ['a comma too many', '{"pm10":12,}'],
    ['no metric', '{"at":"2026-11-22T10:00:00Z"}'],
    ['nothing measured', '{"pm10":null}'],
    ['an empty object', '{}'],
    ['an empty batch', '{"readings":[]}'],
    ['a batch with something else', '{"readings":[{"pm10":1}],"pm10":2}'],
    ['a metric that is not in the catalogue', '{"pm10":12,"pm11":3}'],
    ['a metric that is made here', '{"pm2_5_corrected":3}'],
    ['a key that comes twice', '{"pm10":12,"pm10":13}'],
    ['two times', '{"at":1795341600,"pm10":12,"at":1795341600}'],
    ['an escape in a key', '{"pm\\u0031":12}'],
    ['a value out of range', '{"pm10":-1}'],
    ['half a switch', '{"lamp_on":0.5}'],
    ['text', '{"pm10":"12"}'],
    ['true', '{"lamp_on":true}'],
    ['an object', '{"pm10":{"value":12}}'],
    ['a leading zero', '{"pm10":012}'],
    ['a point without digits', '{"pm10":12.}'],
    ['a point first', '{"pm10":.5}'],
    ['a plus', '{"pm10":+5}'],
    ['a sign alone', '{"temperature":-}'],
    ['an exponent', '{"pm10":1e1}'],
    ['sixteen digits', '{"pm10":1.234567890123456}'],
    ['a future time', `{"at":${receivedAt + limits.clockAheadMsMax + 1},"pm10":1}`],
    ['an expired time', `{"at":${oldestAt - 1},"pm10":1}`],
    ['a local time', '{"at":"2026-11-22T10:00:00","pm10":1}'],
    ['a day that is none', '{"at":"2026-02-30T10:00:00Z","pm10":1}'],
    ['an hour that is none', '{"at":"2026-11-22T24:00:00Z","pm10":1}'],
    ['no time', '{"at":null,"pm10":1}'],
    ['a byte order mark', '\ufeff{"pm10":1}'],
    ['SenML', '[{"n":"pm10","v":12}]'],
    ['airRohr', '{"sensordatavalues":[{"value_type":"SDS_P1","value":"12.3"}]}'],
  ])('is not %s', (_what, text) => expect(plain(text)).toBeUndefined());

  it.each([
    ['{"at":"2026-11-22T09:59:00Z","pm10":12.3,"pm2_5":8.1}', 2],
    ['{"at":"2026-11-22T09:59:00.250Z","pm10":12.3}', 1],
    [' {\n "pm10" :\t12 , "at" : 1795341500 ,"noise":null}\r\n', 1],
    ['{"at":1795341500123,"temperature":-0,"power":-99999.5}', 2],
    ['{"pm10":0,"lamp_on":1,"energy":0.000001}', 3],
    ['{"readings":[{"at":1795341500,"pm10":1},{"pm10":2,"noise":55.5}]}', 3],
    ['{"readings" : [ {"pm10":1} , {"at":1795341500.5,"pm10":2} ] }', 2],
  ])('is %s', (text, count) => {
    expect(agrees(text)).toBe(true);
    expect(plain(text)?.readings).toHaveLength(count);
  });

  it('is as many readings as a message may carry, and no more', () => {
    const batch = (count: number) =>
      `{"readings":[${Array.from({ length: count }, (_, n) => `{"at":${1795340000 + n / 10},"pm10":1}`)}]}`;
    expect(agrees(batch(limits.readingsPerMessageMax))).toBe(true);
    expect(plain(batch(limits.readingsPerMessageMax + 1))).toBeUndefined();
  });
});

const random = createRandom(2026);
const { index, next } = random;
const one = <T>(items: readonly T[]): T => items[index(items.length)] as T;

function numberText(low: number, high: number): string {
  const value = low + next() * (high - low);
  const forms = [
    String(Math.round(value)),
    value.toFixed(index(12)),
    String(value),
    value.toExponential(3),
    `${value.toFixed(2)}000`,
    value.toPrecision(1 + index(17)),
    '0',
    '-0.0',
  ];
  return index(3) === 0 ? one(forms) : value.toFixed(index(4));
}

function instantText(): string {
  const at = receivedAt - index(91 * 86_400_000) + index(600_000);
  const iso = new Date(at).toISOString();
  const forms = [
    `"${iso}"`,
    `"${iso.slice(0, 19)}Z"`,
    String(at),
    String(Math.round(at / 1000)),
    String(at / 1000),
    `${at}000`,
  ];
  const odd = [`"${iso.slice(0, 19)}+01:00"`, `"${iso.slice(0, 16)}Z"`, 'null', `"${at}"`, '""'];
  return index(10) === 0 ? one(odd) : one(forms);
}

function objectText(): string {
  const some = random.shuffled(metricNames).slice(0, 1 + index(4));
  if (index(20) === 0) some.push(one(some));
  const members = some.map((metric) => {
    const { min, max } = metricOf(metric);
    const text = index(20) === 0 ? 'null' : numberText(min, Math.min(max, min + 3_000));
    return `"${metric}":${text}`;
  });
  if (index(3) > 0) members.splice(index(members.length + 1), 0, `"at":${instantText()}`);
  const space = index(8) === 0 ? ' ' : '';
  return `{${members.join(`${space},${space}`)}}`;
}

function messageText(): string {
  if (index(4) > 0) return objectText();
  return `{"readings":[${Array.from({ length: 1 + index(4) }, objectText).join(',')}]}`;
}

describe('random messages are read as the general way reads them', () => {
  it('or left to it', () => {
    let count = 0;
    for (let round = 0; round < 8_000; round++) if (agrees(messageText())) count += 1;
    // Else it would be the general way that is tested.
    expect(count).toBeGreaterThan(2_000);
  });

  it('with some of their bytes changed, dropped or doubled', () => {
    let count = 0;
    for (let round = 0; round < 12_000; round++) {
      const bytes = [...Buffer.from(messageText())];
      for (let change = 1 + index(2); change > 0; change--) {
        const place = index(bytes.length);
        const byte =
          index(4) === 0 ? index(256) : one([...Buffer.from('0123456789.-+eE,:{}[]"nZT ')]);
        if (index(3) === 0) bytes.splice(place, 1);
        else bytes.splice(place, index(2), byte);
      }
      if (agrees(Uint8Array.from(bytes))) count += 1;
    }
    expect(count).toBeGreaterThan(200);
  });

  it('and random bytes are not read at all', () => {
    for (let round = 0; round < 5_000; round++)
      expect(agrees(Uint8Array.from({ length: index(60) }, () => index(256)))).toBe(false);
  });
});
