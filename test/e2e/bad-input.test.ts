import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let token: string;
const topic = 'city/v1/ulm/node-1/readings';

beforeAll(async () => {
  platform = await startPlatform();
  token = await platform.provider('ulm');
});
afterAll(() => platform.stop());

const publish = (payload: string | Buffer, more: { topic?: string; password?: string } = {}) =>
  mosquittoPub({ port: platform.mqttPort, user: 'ulm', password: token, topic, payload, ...more });

let next = 0;
/** The next good reading passes: acknowledged and in `latest`. */
async function expectGoodReadingPasses(): Promise<void> {
  const value = ++next;
  expect(await publish(`{"noise":${20 + value}}`)).toEqual({ code: 0, error: '' });
  await until('the good reading', async () => {
    const latest = await (
      await platform.api('/api/v1/latest?device=ulm/node-1&metric=noise')
    ).json();
    return (latest as { columns: { value: number[] } }).columns.value[0] === 20 + value;
  });
}

describe('refused at the door: no acknowledgement, counted, and the next good reading passes', () => {
  it.each([
    ['a wrong password', 'bad-credentials', {}, { password: 'wrong' }],
    ['a foreign topic', 'forbidden-publish', {}, { topic: 'city/v1/other/node-1/readings' }],
    ['a topic outside the grammar', 'forbidden-publish', {}, { topic: 'elsewhere/entirely' }],
    ['a publish to $SYS', 'forbidden-publish', {}, { topic: '$SYS/broker/uptime' }],
  ])('%s', async (_what, reason, _payload, more) => {
    const label = `reason="${reason}"`;
    const before = await platform.metric('mqtt_refused_total', label);
    const { code } = await publish('{"pm10":1}', more);
    if (reason === 'bad-credentials') expect(code).not.toBe(0);
    await until(
      'the count',
      async () => (await platform.metric('mqtt_refused_total', label)) > before,
    );
    await expectGoodReadingPasses();
  });

  it('a payload of 1 MB', async () => {
    const label = 'reason="packet-too-large"';
    await publish(Buffer.alloc(1024 * 1024, 0x61));
    await until(
      'the count',
      async () => (await platform.metric('mqtt_refused_total', label)) === 1,
    );
    await expectGoodReadingPasses();
  });
});

describe('acknowledged, rejected with a reason, kept, counted once, and the next good reading passes', () => {
  const future = new Date(Date.now() + 3_600_000).toISOString();
  it.each([
    ['an unknown metric', 'unknown-metric', '{"pm99":1}'],
    ['text for a number', 'not-a-number', '{"pm10":"much"}'],
    ['broken JSON', 'malformed-payload', '{"pm10":'],
    ['a time in the future', 'future-timestamp', `{"at":"${future}","pm10":1}`],
    ['a value out of range', 'out-of-range', '{"pm10":-5}'],
  ])('%s', async (_what, reason, payload) => {
    const label = `reason="${reason}"`;
    const before = await platform.metric('readings_rejected_total', label);
    expect(await publish(payload)).toEqual({ code: 0, error: '' });
    await until(
      'the count',
      async () => (await platform.metric('readings_rejected_total', label)) === before + 1,
    );
    const kept = await until('the rejection', async () => {
      const response = await platform.api(`/api/v1/rejections?device=ulm/node-1&reason=${reason}`);
      const { rejections } = (await response.json()) as {
        rejections: { payload: string; rejections: { detail: string }[] }[];
      };
      return rejections.length > 0 && rejections[0];
    });
    expect(Buffer.from(kept.payload, 'base64').toString()).toBe(payload);
    expect(kept.rejections[0]?.detail).not.toBe('');
    await expectGoodReadingPasses();
  });
});

it('counts every reading exactly once', async () => {
  const counts = await until('rest', async () => {
    const [received = 0, stored = 0, rejected = 0, duplicate = 0] = await Promise.all(
      ['received', 'stored', 'rejected', 'duplicate'].map((name) =>
        platform.metric(`readings_${name}_total`),
      ),
    );
    return received === stored + rejected + duplicate && { received, rejected };
  });
  expect(counts).toEqual({ received: next + 5, rejected: 5 });
});
