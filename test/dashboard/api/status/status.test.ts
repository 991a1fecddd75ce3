import { describe, expect, test } from 'vitest';
import { PlatformStatus } from '../../../../broker/contract/platform-status.ts';
import { until } from '../../../support/until.ts';
import { EventStream } from '../support/event-stream.ts';
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

describe('how long a message takes to a live frame', () => {
  const sumOf = async ({ metrics }: TestApi): Promise<{ sum: number; count: number }> => {
    const values = (await metrics.getSingleMetric('live_frame_seconds')?.get())?.values ?? [];
    const of = (end: string): number =>
      values.find(
        (value) => 'metricName' in value && value.metricName === `live_frame_seconds${end}`,
      )?.value ?? Number.NaN;
    return { sum: of('_sum'), count: of('_count') };
  };

  test('is not measured while nobody looks, not even afterwards', async () => {
    const api = await startTestApi();
    api.feed.say('ulm/a1', api.time.now - 900, { pm10: 5 });
    const stream = await openLive(api, 'operator');
    await stream.next('snapshot');
    api.feed.say('ulm/a1', api.time.now - 300, { pm10: 6 });
    await stream.next('delta');
    await until('the measurement', async () => (await sumOf(api)).count === 1);
    expect((await sumOf(api)).sum).toBeCloseTo(0.3, 6);
    const { operations } = await statusOf(api, 'operator');
    expect(operations?.latency.frame).toMatchObject({ count: 1 });
    expect(operations?.latency.frame?.p95).toBeGreaterThan(250);
    expect(operations?.latency.frame?.p95).toBeLessThanOrEqual(300);
  });

  test('counts a message once, however many audiences there are', async () => {
    const api = await startTestApi();
    const streams = [await openLive(api, 'public'), await openLive(api, 'operator')];
    for (const stream of streams) await stream.next('snapshot');
    api.feed.say('ulm/a1', api.time.now - 100, { pm10: 7 });
    for (const stream of streams) await stream.next('delta');
    await until('the measurement', async () => (await sumOf(api)).count > 0);
    expect((await sumOf(api)).count).toBe(1);
  });

  test('of a clock that was set back is 0, not less', async () => {
    const api = await startTestApi();
    const stream = await openLive(api, 'operator');
    await stream.next('snapshot');
    api.feed.say('ulm/a1', api.time.now + 5_000, { pm10: 8 });
    await until('the measurement', async () => (await sumOf(api)).count === 1);
    expect((await sumOf(api)).sum).toBe(0);
  });
});

function openLive(api: TestApi, as: Actor): Promise<EventStream> {
  const address = api.server.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const headers: Record<string, string> =
    as === 'public' ? {} : { authorization: `Bearer ${api.tokens[as]}` };
  return EventStream.open(`http://127.0.0.1:${address.port}/api/v1/live`, headers);
}
