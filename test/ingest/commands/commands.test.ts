import { describe, expect, it } from 'vitest';
import { CommandsFull } from '../../../broker/contract/commands.ts';
import { Desk, lamp, startAt } from './support.ts';

describe('answers that change nothing', () => {
  it.each([
    ['malformed', 'no json'],
    ['malformed', { ok: true }],
    ['malformed', { id: '', ok: true }],
    ['malformed', { id: 'x', ok: 'yes' }],
    ['malformed', '[]'],
    ['unknown', { id: 'no-such-command', ok: true }],
  ])('%s: %j', async (reason, payload) => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.ack(payload);
    expect(desk.commands.get(id)?.state).toBe('queued');
    expect(await desk.count('command_acks_ignored_total', { reason })).toBe(1);
  });

  it('of another device, which knows the id', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.ack({ id, ok: true }, 'ulm/lamp-2');
    expect(desk.commands.get(id)?.state).toBe('queued');
    expect(await desk.count('command_acks_ignored_total', { reason: 'foreign' })).toBe(1);
  });

  it('a second one, also when it says otherwise', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.ack({ id, ok: true });
    desk.now += 1_000;
    desk.ack({ id, ok: false, message: 'no' });
    expect(desk.commands.get(id)).toMatchObject({ state: 'acknowledged', endedAt: startAt });
    expect(desk.commands.get(id)?.message).toBeUndefined();
    expect(await desk.count('command_acks_ignored_total', { reason: 'repeated' })).toBe(1);
  });

  it('one that comes after the command has expired', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.pass(63_000);
    desk.ack({ id, ok: true });
    expect(desk.commands.get(id)?.state).toBe('expired');
    expect(await desk.count('command_acks_ignored_total', { reason: 'late' })).toBe(1);
  });
});

describe('the life of a command', () => {
  it('is on disk, then published once with all that a device needs', async () => {
    const desk = new Desk().start();
    const command = await desk.send({ command: 'dim', args: { level: 40 } });
    expect(desk.published).toMatchObject([{ topic: `city/v1/${lamp}/commands`, qos: 1 }]);
    expect(desk.published[0]?.retain ?? false).toBe(false);
    expect(JSON.parse(String(desk.published[0]?.payload))).toEqual({
      id: command.id,
      command: 'dim',
      args: { level: 40 },
      expiresAt: startAt + 60_000,
    });
  });

  it('queued, delivered, acknowledged: each with its time', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.now += 10;
    desk.delivered();
    desk.now += 20;
    desk.ack({ id, ok: true, message: 'pong' });
    expect(desk.changes.map(({ state }) => state)).toEqual(['queued', 'delivered', 'acknowledged']);
    expect(desk.commands.get(id)).toMatchObject({
      by: 'operator:Ada',
      createdAt: startAt,
      deliveredAt: startAt + 10,
      endedAt: startAt + 30,
      message: 'pong',
    });
    expect(await desk.count('commands_total', { state: 'acknowledged' })).toBe(1);
  });

  it('failed with what the device says, cut to what is kept', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.ack({ id, ok: false, message: 'x'.repeat(2_000) });
    expect(desk.commands.get(id)).toMatchObject({ state: 'failed', message: 'x'.repeat(500) });
  });

  it('straight to acknowledged where nobody tells of the delivery', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    desk.ack({ id, ok: true });
    expect(desk.commands.get(id)).toMatchObject({ state: 'acknowledged' });
    expect(desk.commands.get(id)?.deliveredAt).toBeUndefined();
  });

  it('expires, delivered or not, after the time for an answer', async () => {
    const desk = new Desk().start();
    const waiting = await desk.send();
    const delivered = await desk.send();
    desk.delivered();
    desk.pass(62_999);
    expect(desk.commands.get(waiting.id)?.state).toBe('queued');
    desk.pass(1);
    for (const { id } of [waiting, delivered])
      expect(desk.commands.get(id)).toMatchObject({ state: 'expired', endedAt: startAt + 63_000 });
    expect(await desk.count('commands_total', { state: 'expired' })).toBe(2);
  });

  it('a delivery of something else is not told as this one', async () => {
    const desk = new Desk().start();
    const { id } = await desk.send();
    const text = JSON.stringify({ id });
    desk.commands.noteDelivered('city/v1/ulm/lamp-2/commands', Buffer.from(text));
    desk.commands.noteDelivered(`city/v1/${lamp}/readings`, Buffer.from(text));
    desk.commands.noteDelivered(`city/v1/${lamp}/commands`, Buffer.from('{'));
    desk.commands.noteDelivered(`city/v1/${lamp}/commands`, Buffer.from('null'));
    expect(desk.commands.get(id)?.state).toBe('queued');
  });
});

describe('published again', () => {
  it('at a reading, an online status, a subscription; with the same id, not too often', async () => {
    const desk = new Desk().start();
    await desk.send();
    for (let ms = 0; ms < 9_000; ms += 100) {
      desk.live();
      desk.pass(100);
    }
    expect(desk.published).toHaveLength(1 + 3);
    expect(new Set(desk.published.map(({ payload }) => payload)).size).toBe(1);
    await desk.registry.putReportedStatus(lamp, { online: true, at: desk.now });
    desk.pass(3_000);
    expect(desk.published).toHaveLength(5);
    desk.now += 300;
    desk.commands.noteSubscribed(`city/v1/${lamp}/commands`);
    expect(desk.published).toHaveLength(6);
    desk.now += 300;
    desk.commands.noteSubscribed('city/v1/ulm/+/commands');
    expect(desk.published).toHaveLength(7);
  });

  it('a sign that comes too early is not forgotten', async () => {
    const desk = new Desk().start();
    await desk.send();
    desk.live();
    desk.pass(2_900);
    expect(desk.published).toHaveLength(1);
    desk.pass(100);
    expect(desk.published).toHaveLength(2);
    desk.pass(10_000);
    expect(desk.published).toHaveLength(2);
  });

  it('not to somebody else, not when it is delivered, not after its time', async () => {
    const desk = new Desk().start();
    await desk.send();
    desk.live('ulm/lamp-2');
    desk.commands.noteSubscribed('city/v1/ulm/lamp-2/commands');
    desk.commands.noteSubscribed('city/v1/koeln/+/commands');
    await desk.registry.putReportedStatus(lamp, { online: false, at: desk.now });
    desk.pass(5_000);
    expect(desk.published).toHaveLength(1);
    desk.pass(56_000);
    desk.live();
    desk.pass(1_000);
    expect(desk.published).toHaveLength(1);
    await desk.send();
    desk.delivered();
    desk.live();
    desk.pass(5_000);
    expect(desk.published).toHaveLength(2);
  });

  it('when the bus was down, after a while by itself', async () => {
    const desk = new Desk().start();
    desk.isBusDown = true;
    const { id } = await desk.send();
    expect(desk.commands.get(id)?.state).toBe('queued');
    await Promise.resolve();
    desk.isBusDown = false;
    desk.pass(3_000);
    expect(desk.published).toHaveLength(1);
  });
});

describe('a restart', () => {
  it('keeps all, asks again for what has not ended, and only for that', async () => {
    const desk = new Desk().start();
    const done = await desk.send();
    desk.ack({ id: done.id, ok: true });
    const queued = await desk.send();
    const delivered = await desk.send();
    desk.delivered();
    await desk.stop();
    desk.published.length = 0;
    desk.start();
    expect(desk.commands.list(lamp, 10).map(({ id, state }) => [id, state])).toEqual(
      [...[delivered, queued, done]]
        .sort((left, right) => right.id.localeCompare(left.id))
        .map(({ id }) => [
          id,
          id === done.id ? 'acknowledged' : id === queued.id ? 'queued' : 'delivered',
        ]),
    );
    desk.pass(500);
    const idsOf = () => desk.published.map(({ payload }) => JSON.parse(String(payload)).id);
    expect(idsOf().sort()).toEqual([queued.id, delivered.id].sort());
    desk.ack({ id: delivered.id, ok: true });
    desk.pass(63_000);
    expect(desk.commands.get(delivered.id)?.state).toBe('acknowledged');
    expect(desk.commands.get(queued.id)?.state).toBe('expired');
  });
});

describe('bounds', () => {
  it('refuses more than may wait of a device and in all, also when they come at once', async () => {
    const desk = new Desk().start({ openPerDeviceMax: 2, openMax: 3 });
    const outcomes = await Promise.allSettled([desk.send(), desk.send(), desk.send()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await desk.send(undefined, 'ulm/lamp-2');
    await expect(desk.send(undefined, 'ulm/lamp-3')).rejects.toThrow(CommandsFull);
    expect(desk.published).toHaveLength(3);
    const [first] = desk.commands.list(lamp, 1);
    desk.ack({ id: first?.id, ok: true });
    await desk.send();
  });

  it('forgets the oldest that has ended, never one that waits, and on disk too', async () => {
    const desk = new Desk().start({ keptPerDeviceMax: 3, keptMax: 4 });
    const waiting = await desk.send();
    const ended = [];
    for (let n = 0; n < 3; n++) {
      desk.now += 1;
      const command = await desk.send();
      desk.ack({ id: command.id, ok: true });
      ended.push(command.id);
    }
    const kept = [ended[2], ended[1], waiting.id];
    const ids = () => desk.commands.list(lamp, 10).map(({ id }) => id);
    expect(ids()).toEqual(kept);
    desk.now += 1;
    const others = await Promise.all([
      desk.send(undefined, 'ulm/b'),
      desk.send(undefined, 'ulm/c'),
    ]);
    expect(ids()).toEqual([ended[2], waiting.id]);
    await desk.stop();
    desk.start();
    expect(ids()).toEqual([ended[2], waiting.id]);
    expect(others.map(({ id }) => desk.commands.get(id)?.state)).toEqual(['queued', 'queued']);
  });
});
