import { describe, expect, test } from 'vitest';
import { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';
import { type Receiver, startReceiver } from '../../support/webhook-receiver.ts';
import { email, startNotifications, ticks, webhook } from './support/start.ts';

const hour = 3_600_000;
const minute = 60_000;
const told = ({ calls }: Receiver) => calls.map(({ body }) => `${body.event} ${body.alarm.id}`);

describe('who is told of what', () => {
  test('by priority, by what the rule names, and not of what is put aside', async () => {
    const [all, named] = await Promise.all([startReceiver(), startReceiver()]);
    const { notifications, alarms } = await startNotifications();
    await notifications.put(webhook(all.url, { id: 'all', priorityMin: 'high' }), 'admin');
    const more = { id: 'named', all: false, priorityMin: 'low' };
    await notifications.put(webhook(named.url, more), 'admin');
    await notifications.put(webhook(all.url, { id: 'off', enabled: false }), 'admin');
    const condition = { type: 'missing' };
    await alarms.putRule(
      AlarmRule.parse({ id: 'silent', name: 'Silent', condition, notify: ['named', 'none'] }),
      'admin',
    );
    const device = 'ulm/a1';
    alarms.raise({ id: 'low', device, priority: 'low' });
    alarms.raise({ id: 'critical', device, priority: 'critical' });
    alarms.raise({ id: 'high', device, priority: 'high' });
    alarms.raise({ id: 'low-named', device, priority: 'low', rule: 'silent' });
    const shelved = { until: 1, reason: 'works', by: 'admin' };
    alarms.raise({ id: 'shelved', device, priority: 'critical', shelved });
    const suppressed = { by: 'group', id: 'g' } as const;
    alarms.raise({ id: 'child', device, priority: 'critical', suppressed });
    const children = Array.from({ length: 120 }, (_, index) => `ulm/l${index}` as const);
    const group = { group: 'ulm/kvs1', children, childCount: 120 };
    alarms.raise({ id: 'group', priority: 'critical', rule: 'silent', ...group });
    await until('all', () => all.calls.length === 3 && named.calls.length === 2);
    await ticks();
    expect(told(all)).toEqual(['raised critical', 'raised high', 'raised group']);
    expect(told(named)).toEqual(['raised low-named', 'raised group']);
    expect(named.calls[1]?.body.alarm).toMatchObject({ childCount: 120 });
    expect(named.calls[1]?.body.alarm.children).toHaveLength(100);
  });

  test('in a flood nobody of low ones', async () => {
    const receiver = await startReceiver();
    const { notifications, alarms } = await startNotifications();
    await notifications.put(webhook(receiver.url, { priorityMin: 'low' }), 'admin');
    alarms.flood = true;
    alarms.raise({ id: 'low', device: 'ulm/a1', priority: 'low' });
    alarms.raise({ id: 'medium', device: 'ulm/a1', priority: 'medium' });
    await until('a call', () => receiver.calls.length === 1);
    await ticks();
    expect(told(receiver)).toEqual(['raised medium']);
  });

  test('of its end only who wants that and has heard of its beginning', async () => {
    const [wants, not] = await Promise.all([startReceiver(), startReceiver()]);
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(wants.url, { id: 'wants', onCleared: true }), 'admin');
    await notifications.put(webhook(not.url, { id: 'not' }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    alarms.raise({ id: 'low', device: 'ulm/a1', priority: 'low' });
    await until('both', () => wants.calls.length + not.calls.length === 2);
    time.now += 11 * minute;
    alarms.clear('a');
    alarms.clear('low');
    await until('the end', () => wants.calls.length === 2);
    await ticks();
    expect(told(wants)).toEqual(['raised a', 'cleared a']);
    expect(told(not)).toEqual(['raised a']);
  });

  test('of one alarm that flaps at most once in ten minutes, with its last state', async () => {
    const receiver = await startReceiver();
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(receiver.url, { onCleared: true }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    await until('the first', () => receiver.calls.length === 1);
    for (let round = 2; round < 40; round += 1) {
      time.now += 1_000;
      alarms.clear('a');
      alarms.change('a', 'activated', { active: true, activations: round });
    }
    time.now += minute;
    await ticks();
    expect(notifications.list()[0]?.state.waiting).toBe(1);
    expect(receiver.calls).toHaveLength(1);
    time.now += 10 * minute;
    await until('the last', () => receiver.calls.length === 2);
    expect(receiver.calls[1]?.body).toMatchObject({
      event: 'activated',
      alarm: { activations: 39 },
    });
  });

  test('when it becomes more urgent, comes back from a shelf, and when nobody acknowledges it', async () => {
    const receiver = await startReceiver();
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'low' });
    alarms.change('a', 'priority', { priority: 'high' });
    await until('escalated', () => receiver.calls.length === 1);
    alarms.change('a', 'priority', { priority: 'critical' });
    await until('again', () => receiver.calls.length === 2);
    // Less urgent is no news.
    alarms.change('a', 'priority', { priority: 'high' });
    time.now += 5 * minute;
    alarms.change('a', 'shelved', { shelved: { until: 1, reason: 'works', by: 'admin' } });
    time.now += 5 * hour;
    await ticks();
    expect(receiver.calls).toHaveLength(2);
    alarms.change('a', 'unshelved', { shelved: undefined });
    // The time of a reminder is counted from when the receiver's answer was there.
    const sent = () => notifications.list()[0]?.state.sent;
    await until('back', () => sent() === 3);
    time.now += 4 * hour + minute;
    await until('a reminder', () => sent() === 4);
    time.now += 4 * hour + minute;
    await until('another one', () => receiver.calls.length === 5);
    await alarms.acknowledge('a', { by: 'operator:Ada' });
    time.now += 9 * hour;
    await ticks();
    expect(told(receiver)).toEqual([
      'escalated a',
      'escalated a',
      'returned a',
      'reminder a',
      'reminder a',
    ]);
    const ids = receiver.calls.map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(5);
  });

  test('and what has not gone out is taken back when the alarm goes behind that of its group', async () => {
    const receiver = await startReceiver();
    receiver.answer = 500;
    const { notifications, alarms, time } = await startNotifications();
    await notifications.put(webhook(receiver.url), 'admin');
    alarms.raise({ id: 'first', device: 'ulm/a1', priority: 'high' });
    alarms.raise({ id: 'child', device: 'ulm/a1', priority: 'high' });
    await until('a failure', () => notifications.list()[0]?.state.lastError);
    alarms.change('child', 'suppressed', { suppressed: { by: 'group', id: 'g' } });
    receiver.answer = 200;
    time.now += 10_000;
    await until('the first', () => notifications.list()[0]?.state.sent === 1);
    await ticks();
    expect(told(receiver)).toEqual(['raised first', 'raised first']);
  });
});

describe('the outbox', () => {
  test('goes on after a restart, and catches up with what it did not hear of', async () => {
    const receiver = await startReceiver();
    receiver.answer = 503;
    const { notifications, alarms, time, stop, open } = await startNotifications();
    // Nobody was there to be told of this one.
    alarms.raise({ id: 'before', device: 'ulm/a1', priority: 'high' });
    await notifications.put(webhook(receiver.url, { onCleared: true }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    await until('a failure', () => notifications.list()[0]?.state.lastError);
    await stop();
    alarms.raise({ id: 'b', device: 'ulm/a1', priority: 'high' });
    alarms.raise({ id: 'over', device: 'ulm/a1', priority: 'high' });
    alarms.clear('over');
    alarms.raise({ id: 'gone', device: 'ulm/a1', priority: 'high' });
    alarms.close('gone');
    receiver.answer = 200;
    receiver.calls.length = 0;
    time.now += hour;
    const again = open();
    await until('all', () => again.notifications.list()[0]?.state.sent === 2);
    await ticks();
    expect(told(receiver)).toEqual(['raised a', 'raised b']);
    await again.stop();
    const third = open();
    await ticks();
    expect(receiver.calls).toHaveLength(2);
    expect(third.notifications.list()[0]?.state).toMatchObject({ waiting: 0, sent: 2 });
    // What it was told stands as well: the end of `a` is news, that of `over` is not.
    time.now += hour;
    alarms.clear('a');
    await until('the end', () => receiver.calls.length === 3);
    expect(told(receiver).at(-1)).toBe('cleared a');
  });

  test('tells nothing of what was before its very first start', async () => {
    const receiver = await startReceiver();
    const path = tempFolder();
    const { alarms, stop, open } = await startNotifications();
    await stop();
    alarms.raise({ id: 'old', device: 'ulm/a1', priority: 'critical' });
    const fresh = open({ path });
    await fresh.notifications.put(webhook(receiver.url), 'admin');
    await fresh.stop();
    open({ path });
    await ticks();
    expect(receiver.calls).toEqual([]);
  });

  test('is bounded: the oldest is dropped and counted', async () => {
    const { notifications, alarms, counted } = await startNotifications();
    await notifications.put(webhook('http://127.0.0.1:9/'), 'admin');
    for (let n = 0; n < 505; n += 1) {
      alarms.raise({ id: `a${n}`, device: 'ulm/a1', priority: 'high' });
    }
    const [{ state } = {}] = notifications.list();
    expect(state).toMatchObject({
      waiting: 500,
      failed: 5,
      lastError: 'too many messages wait: the oldest was dropped',
    });
    expect(await counted('webhook', 'dropped')).toBe(5);
  });

  test('takes so many targets, and forgets all of one that is removed', async () => {
    const receiver = await startReceiver();
    const { notifications, alarms, stop, open } = await startNotifications();
    const url = 'http://127.0.0.1:9/';
    for (let n = 0; n < 50; n += 1) {
      await notifications.put(webhook(url, { id: `t${n}`, enabled: n === 0 }), 'admin');
    }
    await expect(notifications.put(webhook(url, { id: 'further' }), 'admin')).rejects.toMatchObject(
      { code: 'notification-targets-full' },
    );
    await notifications.put(webhook(url, { id: 't0' }), 'admin');
    alarms.raise({ id: 'a', device: 'ulm/a1', priority: 'high' });
    expect(await notifications.delete('t0')).toBe(true);
    expect(await notifications.delete('t0')).toBe(false);
    await stop();
    const again = open();
    expect(again.notifications.list()).toHaveLength(49);
    await again.notifications.put(webhook(receiver.url, { id: 't0' }), 'admin');
    await ticks();
    expect(receiver.calls).toEqual([]);
    expect(again.notifications.list().at(-1)?.state).toEqual({ waiting: 0, sent: 0, failed: 0 });
  });

  test('refuses e-mail without a mail server', async () => {
    const { notifications } = await startNotifications();
    expect(notifications.canMail).toBe(false);
    await expect(notifications.put(email(), 'admin')).rejects.toMatchObject({
      code: 'invalid-target',
    });
  });
});
