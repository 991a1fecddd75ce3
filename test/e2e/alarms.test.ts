import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { Alarm, AlarmFrame, AlarmList } from '../../broker/contract/alarms.ts';
import { openEventStream } from '../support/event-stream.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const put = (platform: Platform, path: string, body: object) =>
  platform.api(path, { method: 'PUT', body: JSON.stringify(body) });

async function framesOf(platform: Platform): Promise<() => AlarmFrame[]> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const stream = await openEventStream(`${platform.url}/api/v1/live`, headers);
  onTestFinished(() => stream.close());
  return () =>
    stream.events
      .filter(({ event }) => event === 'alarm')
      .map(({ data }) => AlarmFrame.parse(data));
}

it('a reading over its limit is an alarm in the list, on the stream and at a webhook, also after a restart', async () => {
  const receiver = await startReceiver();
  const first = await startPlatform({ env: { PUBLIC_URL: 'https://city.example' } });
  onTestFinished(async () => void (await first.stop('SIGKILL')));
  const token = await first.provider('ulm');
  const rule = {
    name: 'Too much dust',
    metric: 'pm10',
    priority: 'high',
    condition: { type: 'threshold', op: 'gt', value: 50 },
    notify: ['duty'],
  };
  expect((await put(first, '/api/v1/alarm-rules/dust', rule)).status).toBe(200);
  const secret = randomUUID();
  const target = { kind: 'webhook', name: 'Duty', url: receiver.url, secret };
  expect((await put(first, '/api/v1/notification-targets/duty', target)).status).toBe(200);
  const frames = await framesOf(first);
  await until('the first frame', () => frames()[0]);

  const push = await first.api('/api/v1/push/native?device=ulm/a1', {
    method: 'POST',
    token,
    body: JSON.stringify({ pm10: 63 }),
  });
  expect(push.status).toBe(200);
  const frame = await until('the alarm on the stream', () =>
    frames().find(({ alarms }) => alarms.some((one) => one.rule === 'dust')),
  );
  const alarm = frame.alarms.find((one) => one.rule === 'dust') as Alarm;
  expect(alarm).toMatchObject({ device: 'ulm/a1', value: 63, limit: 50, acknowledged: false });
  const list = AlarmList.parse(await first.json('/api/v1/alarms?rule=dust'));
  expect(list.alarms.map(({ id }) => id)).toEqual([alarm.id]);
  const call = await until('the webhook', () => receiver.calls[0]);
  expect(call.body).toMatchObject({
    event: 'raised',
    alarm: { id: alarm.id },
    url: `https://city.example/alarms?alarm=${alarm.id}`,
  });
  expect(call.headers['x-sensorplatz-signature']).toMatch(/^sha256=[0-9a-f]{64}$/);

  const { dataDir, httpPort, mqttPort } = first;
  await until('the message to be counted', async () => (await sentOf(first)) === 1);
  expect(await first.stop('SIGTERM')).toBe(0);
  const ports = { httpPort, mqttPort };
  const second = await startPlatform({ dataDir, ports });
  onTestFinished(async () => void (await second.stop()));
  const again = await framesOf(second);
  await until('the first frame', () => again()[0]);
  const body = JSON.stringify({ revision: alarm.revision, comment: 'on my way' });
  const acked = await second.api(`/api/v1/alarms/${alarm.id}/ack`, { method: 'POST', body });
  expect(Alarm.parse(await acked.json())).toMatchObject({
    acknowledged: true,
    acknowledgedBy: 'admin',
  });
  const stale = await second.api(`/api/v1/alarms/${alarm.id}/unack`, { method: 'POST', body });
  expect([stale.status, ((await stale.json()) as { code: string }).code]).toEqual([
    409,
    'alarm-changed',
  ]);
  await until('the deed on the stream', () =>
    again().some(({ alarms }) => alarms.some(({ acknowledged }) => acknowledged)),
  );
  expect(await sentOf(second)).toBe(1);
  expect(receiver.calls).toHaveLength(1);
  for (const text of [first.output(), second.output()]) {
    expect(text).not.toMatch(new RegExp(`${secret}|hunter2`));
  }
});

async function sentOf(platform: Platform): Promise<number> {
  const { targets } = await platform.json<{ targets: { state: { sent: number } }[] }>(
    '/api/v1/notification-targets',
  );
  return targets[0]?.state.sent ?? 0;
}
