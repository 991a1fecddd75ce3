import { expect, test } from 'vitest';
import { PlatformStatus } from '../../../../broker/contract/platform-status.ts';
import { type Actor, startTestApi, type TestApi } from '../support/test-api.ts';

async function statusOf({ ask }: TestApi, as: Actor): Promise<PlatformStatus> {
  const answer = await ask({ url: '/api/v1/status', as });
  expect(answer.statusCode).toBe(200);
  return PlatformStatus.parse(answer.json());
}

test('the public sees whether it works and counts what is public, nothing else', async () => {
  const api = await startTestApi();
  api.parts.push({ name: 'store', state: 'degraded', detail: 'influx at 10.0.0.7 is away' });
  const answer = await api.ask({ url: '/api/v1/status' });
  const status = PlatformStatus.parse(answer.json());
  expect(status.state).toBe('degraded');
  expect(status.devices.counts).toEqual({ abnormal: 0, stale: 0, offline: 1, ok: 1 });
  expect(answer.json()).not.toHaveProperty('operations');
  expect(answer.body).not.toContain('10.0.0.7');
});

test.each(['device', 'provider'] as const)('a %s sees no operations either', async (as) => {
  const status = await statusOf(await startTestApi(), as);
  expect(status.operations).toBeUndefined();
  expect(status.parts).toBeUndefined();
  expect(status.devices.counts.ok, 'its own beside what is public').toBe(2);
  expect(status.devices.history, 'only whole audiences are counted over time').toBeNull();
});

test.each(['operator', 'admin'] as const)('an %s sees all', async (as) => {
  const api = await startTestApi();
  const { operations, parts, devices } = await statusOf(api, as);
  expect(parts).toEqual([{ name: 'journal', state: 'ok' }]);
  expect(devices.counts).toEqual({ abnormal: 0, stale: 0, offline: 2, ok: 2 });
  expect(operations?.live).toMatchObject({ clients: 0, series: 4 });
  expect(operations?.process.build).toBe('test-build');
});

test('counts by the rule of the page: what is abnormal, unless its value cannot be true', async () => {
  const api = await startTestApi();
  const counts = async () => (await statusOf(api, 'admin')).devices.counts;
  api.feed.say('ulm/a1', api.time.now, { pm10: 80 });
  expect(await counts()).toMatchObject({ abnormal: 1, ok: 1 });
  const bad = { metric: 'pm10', at: api.time.now + 1, value: 900, flag: 4, reasons: 1 } as const;
  api.feed.send([{ device: 'ulm/a1', receivedAt: api.time.now, readings: [bad] }]);
  expect(await counts()).toMatchObject({ abnormal: 0, ok: 2 });
  api.time.now += 400_000;
  expect(await counts()).toMatchObject({ stale: 2, offline: 2 });
});

test('what runs in another process is null, not zero', async () => {
  const api = await startTestApi({ isSplit: true });
  const { operations } = await statusOf(api, 'admin');
  expect(operations).toMatchObject({
    pipeline: null,
    journal: null,
    broker: null,
    jobs: null,
    latency: { kept: null, stored: null, frame: null },
  });
});
