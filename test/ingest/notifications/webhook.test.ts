import { createHmac } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Alarm } from '../../../broker/contract/alarms.ts';
import { notificationLimits } from '../../../ingest/notifications/limits.ts';
import { sign } from '../../../ingest/notifications/webhook.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';
import { startReceiver } from '../../support/webhook-receiver.ts';
import { start, startNotifications, ticks, webhook } from './support/start.ts';

const secret = 'a-secret-of-sixteen-or-more';
const hour = 3_600_000;

describe('a webhook', () => {
  test('is signed over timestamp and body', () => {
    // Made with: printf '1780315000000.{"a":1}' | openssl dgst -sha256 -hmac key-of-the-test-vector
    expect(sign('key-of-the-test-vector', '1780315000000', '{"a":1}')).toBe(
      'sha256=a59a96d499a28b861ac01cd09dcd24ae13f1cb74b431ace76aa674da8b35512e',
    );
  });

  test('tells what happened, signed, once, with a link and what is to be done', async () => {
    const receiver = await startReceiver();
    const { notifications, alarms, counted } = await startNotifications();
    await notifications.put(webhook(receiver.url, { secret }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high', value: 63.2, limit: 50 });
    await until('a call', () => receiver.calls.length === 1);
    const [{ headers, text, body } = {}] = receiver.calls as [(typeof receiver.calls)[0]];
    expect(body).toMatchObject({
      version: 1,
      id: 'duty.a.1',
      event: 'raised',
      alarm: { id: 'a', device: 'ulm/a1', value: 63.2 },
      response: 'look at the street',
      url: 'https://city.example/alarms?alarm=a',
    });
    Alarm.parse(body.alarm);
    const timestamp = headers?.['x-sensorplatz-timestamp'];
    expect(timestamp).toBe(String(start));
    expect(headers?.['x-sensorplatz-id']).toBe('duty.a.1');
    const hmac = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
    expect(headers?.['x-sensorplatz-signature']).toBe(`sha256=${hmac}`);
    await ticks();
    expect(receiver.calls).toHaveLength(1);
    expect(await counted('webhook', 'sent')).toBe(1);
    expect(notifications.list()[0]?.state).toEqual({
      waiting: 0,
      sent: 1,
      failed: 0,
      lastSentAt: start,
    });
  });

  test('without a secret is not signed', async () => {
    const receiver = await startReceiver();
    const { notifications } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    await notifications.test('duty');
    expect(receiver.calls[0]?.body).toMatchObject({ event: 'test' });
    expect(receiver.calls[0]?.headers).not.toHaveProperty('x-sensorplatz-signature');
  });

  test('is tried again with growing waits under the same id, in order, and then given up', async () => {
    const receiver = await startReceiver();
    receiver.answer = 500;
    receiver.chatter = `hunter2 ${'x'.repeat(1e6)}`;
    const { notifications, alarms, time, counted } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    alarms.raise({ id: 'b', device: 'ulm/a1', priority: 'critical' });
    const { attemptsMax, retryMs } = notificationLimits;
    for (let attempt = 1; attempt < attemptsMax; attempt += 1) {
      await until('a failure', async () => (await counted('webhook', 'retried')) === attempt);
      expect(receiver.calls).toHaveLength(attempt);
      const waitMs = retryMs[Math.min(attempt, retryMs.length) - 1] ?? 0;
      time.now += waitMs - 1;
      if (attempt < 4) await ticks();
      expect(receiver.calls).toHaveLength(attempt);
      time.now += 1;
    }
    await until('given up', () => notifications.list()[0]?.state.failed === 1);
    const ofFirst = receiver.calls.slice(0, attemptsMax).map(({ body }) => body.id);
    expect(ofFirst).toEqual(new Array(attemptsMax).fill('duty.a.1'));
    await until('the next', () => receiver.calls.length > attemptsMax);
    expect(receiver.calls.at(-1)?.body.id).toBe('duty.b.2');
    expect(notifications.list()[0]?.state).toMatchObject({
      waiting: 1,
      sent: 0,
      lastError: 'answered 500',
    });
    expect(await counted('webhook', 'failed')).toBe(1);
  });

  test('that was not to be had for a day is no news any more', async () => {
    const receiver = await startReceiver();
    receiver.answer = 500;
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    await until('a failure', () => notifications.list()[0]?.state.lastError);
    time.now += 24 * hour;
    await until('given up', () => notifications.list()[0]?.state.failed === 1);
    expect(notifications.list()[0]?.state).toMatchObject({
      waiting: 0,
      lastError: 'waited for too long',
    });
  });

  test('goes on with what waits when the target answers again', async () => {
    const receiver = await startReceiver();
    receiver.answer = 503;
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    for (const id of ['a', 'b', 'c']) alarms.raise({ id, device: 'ulm/a1', priority: 'high' });
    await until('a failure', () => notifications.list()[0]?.state.lastError);
    receiver.answer = 200;
    time.now += 10_000;
    await until('all', () => notifications.list()[0]?.state.sent === 3);
    expect(receiver.calls.map(({ body }) => body.alarm.id)).toEqual(['a', 'a', 'b', 'c']);
    expect(notifications.list()[0]?.state.lastError).toBeUndefined();
  });

  test('follows no redirect, waits for no answer for ever, and holds up no other target', async () => {
    const [moved, silent, good] = await Promise.all([
      startReceiver(),
      startReceiver(),
      startReceiver(),
    ]);
    moved.answer = 307;
    silent.answer = 'never';
    const { notifications, alarms } = await startNotifications({ attemptMsMax: 100 });
    await notifications.put(webhook(moved.url, { id: 'moved' }), 'admin');
    await notifications.put(webhook(silent.url, { id: 'silent' }), 'admin');
    await notifications.put(webhook(good.url, { id: 'good' }), 'admin');
    for (const id of ['a', 'b']) alarms.raise({ id, device: 'ulm/a1', priority: 'high' });
    await until('the good one', () => good.calls.length === 2);
    await until('the others', () =>
      notifications.list().every(({ state }) => state.sent + (state.lastError ? 1 : 0) > 0),
    );
    expect(notifications.list().map(({ state }) => state.lastError)).toEqual([
      'answered 307',
      'no answer in time',
      undefined,
    ]);
    expect(moved.calls).toHaveLength(1);
    await expect(notifications.test('silent')).rejects.toThrow('no answer in time');
    await expect(notifications.test('none')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('shows no secret: neither of its address nor its own, in no list, error or log line', async () => {
    const { notifications, alarms, lines, path } = await startNotifications();
    const port = await freePort();
    const target = webhook(`http://127.0.0.1:${port}/hook?key=hunter2`, { secret });
    await notifications.put(target, 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    const failure = await until('a failure', () => notifications.list()[0]?.state.lastError);
    expect(failure).toBe('no connection: ECONNREFUSED');
    await expect(notifications.test('duty')).rejects.toThrow(/^no connection: ECONNREFUSED$/);
    const [{ hasSecret, target: shown } = {}] = notifications.list();
    expect([hasSecret, shown]).toEqual([true, { ...target, secret: undefined }]);
    expect(JSON.stringify(notifications.list())).not.toContain(secret);
    expect(lines.join()).not.toMatch(new RegExp(`hunter2|${secret}`));
    for (const file of ['data.mdb', 'lock.mdb']) {
      expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
    }
    const hidden = webhook('http://user:hunter2@127.0.0.1:9/');
    await expect(notifications.put(hidden, 'admin')).rejects.toThrow(/^url: must hold no user/);
  });

  test('keeps its secret when it is changed without one', async () => {
    const receiver = await startReceiver();
    const { notifications, stop, open } = await startNotifications();
    await notifications.put(webhook(receiver.url, { secret }), 'admin');
    await notifications.put(webhook(receiver.url, { name: 'Night shift' }), 'admin');
    expect(notifications.list()[0]).toMatchObject({
      target: { name: 'Night shift' },
      hasSecret: true,
    });
    await stop();
    const again = open();
    await again.notifications.test('duty');
    expect(receiver.calls[0]?.headers).toHaveProperty('x-sensorplatz-signature');
  });
});
