import { describe, expect, it } from 'vitest';
import { NotKept } from '../../broker/bus/bus.ts';
import { until } from '../support/until.ts';
import {
  asAdmin,
  asDevice,
  asProvider,
  connectClient,
  rawSocket,
  signedInDevice,
  startBroker,
} from './harness.ts';
import { publishPacket } from './packets.ts';

const readings = 'city/v1/umwelt/a1/readings';
const connack = [0x20, 2, 0, 0];

describe('publishing to the broker', () => {
  it.each([
    ['a foreign device', 'city/v1/umwelt/b2/readings', 'forbidden-publish'],
    ['a foreign provider', 'city/v1/other/a1/readings', 'forbidden-publish'],
    ['the live topic of its own', 'city/v1/live/umwelt/a1', 'forbidden-publish'],
    ['a topic outside the city', 'somewhere/else', 'forbidden-publish'],
    ['$SYS', '$SYS/broker/uptime', 'forbidden-publish'],
    ['a shared subscription', '$share/group/city', 'forbidden-publish'],
    ['a topic with a wildcard', 'city/v1/umwelt/a1/#', 'invalid-topic'],
    ['a topic that is too deep', 'a/'.repeat(12), 'invalid-topic'],
    ['a topic that is too long', 'a'.repeat(513), 'invalid-topic'],
    ['a topic with U+0000', 'city/v1/umwelt/a1\u0000/readings', 'invalid-topic'],
    ['an empty topic', '', 'invalid-topic'],
  ])(
    'closes the connection on %s, counts it, and takes the next good one',
    async (_, topic, reason) => {
      const test = await startBroker();
      const raw = await signedInDevice(test);
      raw.socket.write(
        Buffer.concat([
          publishPacket({ topic, payload: '{}', qos: 1 }),
          publishPacket({ topic: readings, payload: 'behind it', qos: 1, messageId: 2 }),
        ]),
      );
      await raw.closed();
      expect([...raw.received()]).toEqual(connack);
      expect(await test.refused(reason)).toBe(1);
      expect(test.ingest.messages).toEqual([]);
      const good = await connectClient(test, asDevice(test));
      await good.publishAsync(readings, '{"pm10":1}', { qos: 1 });
      expect(test.ingest.messages).toHaveLength(1);
    },
  );

  it('refuses a topic that is not UTF-8', async () => {
    const test = await startBroker();
    const raw = await signedInDevice(test);
    const topic = Buffer.from([0x63, 0xff, 0xfe]);
    raw.socket.write(publishPacket({ topic, payload: '{}' }));
    await raw.closed();
    expect(await test.refused('invalid-topic')).toBe(1);
  });

  it('refuses packet id 0', async () => {
    const test = await startBroker();
    const raw = await signedInDevice(test);
    raw.socket.write(publishPacket({ topic: readings, payload: '{}', qos: 1, messageId: 0 }));
    await raw.closed();
    expect(await test.refused('malformed-packet')).toBe(1);
  });

  it('refuses a packet that ends before its id, also when nothing stands behind it', async () => {
    const test = await startBroker({ withoutLane: true });
    const raw = await signedInDevice(test);
    const topic = Buffer.from(readings);
    raw.socket.write(
      Buffer.concat([Buffer.from([0x32, topic.length + 2, 0, topic.length]), topic]),
    );
    await raw.closed();
    expect([...raw.received()]).toEqual(connack);
    expect(await test.refused('malformed-packet')).toBe(1);
  });

  it('closes on a payload of 1 MB as soon as it is announced', async () => {
    const test = await startBroker();
    const raw = await signedInDevice(test);
    raw.socket.write(
      publishPacket({ topic: readings, payload: 'x'.repeat(1024 * 1024), qos: 1 }).subarray(0, 100),
    );
    await raw.closed();
    expect(await test.refused('packet-too-large')).toBe(1);
    const good = await connectClient(test, asDevice(test));
    await good.publishAsync(readings, 'x'.repeat(256 * 1024), { qos: 1 });
    expect(test.ingest.messages).toHaveLength(1);
  });

  it('closes a connection that announces too much before it has signed in', async () => {
    const test = await startBroker();
    const raw = await rawSocket(test);
    raw.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await raw.closed();
    expect(await test.refused('packet-too-large')).toBe(1);
  });

  it('outlives every first byte', async () => {
    const test = await startBroker();
    for (let first = 0; first < 256; first += 5) {
      const raw = await signedInDevice(test);
      raw.socket.end(Buffer.concat([Buffer.from([first, 3, 0, 1, 7]), Buffer.alloc(40, first)]));
      await raw.closed();
    }
    await connectClient(test, asDevice(test));
  });

  it('tells ingest topic, payload, QoS, retain and account', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    const provider = await connectClient(test, asProvider(test));
    const admin = await connectClient(test, asAdmin);
    await device.publishAsync(readings, 'one', { qos: 0 });
    await until('the first', () => test.ingest.messages.length === 1);
    await provider.publishAsync('city/v1/umwelt/new/status', 'online', { qos: 2, retain: true });
    await admin.publishAsync('city/v1/umwelt/a1/commands/ack', '{}', { qos: 1 });
    await admin.publishAsync('city/v1/umwelt/a1/commands', '{}', { qos: 1 });
    expect(
      test.ingest.messages.map(({ topic, qos, retain, account }) => [topic, qos, retain, account]),
    ).toEqual([
      [readings, 0, false, { kind: 'device', device: 'umwelt/a1' }],
      ['city/v1/umwelt/new/status', 2, true, { kind: 'provider', provider: 'umwelt' }],
      ['city/v1/umwelt/a1/commands/ack', 1, false, { kind: 'admin' }],
    ]);
  });

  it('sends no PUBACK and closes when ingest could not keep the message', async () => {
    const test = await startBroker();
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    raw.socket.write(publishPacket({ topic: readings, payload: 'x', qos: 1 }));
    await until('the message', () => test.ingest.held.length === 1);
    test.ingest.held.splice(0)[0]?.(new NotKept('disk full'));
    await raw.closed();
    expect([...raw.received()]).toEqual(connack);
    expect(await test.refused('overloaded')).toBe(1);
  });

  it('refuses instead of dying when ingest throws', async () => {
    const test = await startBroker({
      deps: {
        accept: () => {
          throw new Error('bug');
        },
      },
    });
    const raw = await signedInDevice(test);
    raw.socket.write(publishPacket({ topic: readings, payload: 'x', qos: 1 }));
    await raw.closed();
    expect(await test.refused('overloaded')).toBe(1);
  });

  it('does not read on from a client with too much unsettled, and goes on later', async () => {
    const limits = { pendingPerClientMax: 50, pendingOvershoot: 100 };
    const test = await startBroker({ deps: { limits } });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    const count = 20_000;
    const payload = 'x'.repeat(100);
    for (let messageId = 1; messageId <= count; messageId += 1)
      raw.socket.write(publishPacket({ topic: readings, payload, qos: 1, messageId }));
    await until('the first ones', () => test.ingest.messages.length >= 50);
    const other = await connectClient(test, asProvider(test));
    other.publish('city/v1/umwelt/b2/readings', 'other');
    await until('another client', () =>
      test.ingest.messages.some(({ topic }) => topic !== readings),
    );
    expect(test.ingest.messages.length).toBeLessThan(5_000);
    test.ingest.hold = false;
    for (const settle of test.ingest.held.splice(0)) settle();
    await until('all PUBACKs', () => raw.received().length === 4 + 4 * count, 10_000);
    expect(test.ingest.messages).toHaveLength(count + 1);
  });

  it('reads from nobody while too much is unsettled in all, and goes on later', async () => {
    const test = await startBroker({
      deps: { limits: { pendingMax: 10, pendingOvershoot: 1_000 } },
    });
    test.ingest.hold = true;
    const first = await connectClient(test, asDevice(test));
    const second = await connectClient(test, asProvider(test));
    const publishes = Array.from({ length: 10 }, () =>
      first.publishAsync(readings, 'x', { qos: 1 }),
    );
    await until('ten', () => test.ingest.messages.length === 10);
    const late = second.publishAsync('city/v1/umwelt/b2/readings', 'late', { qos: 1 });
    test.ingest.hold = false;
    for (const settle of test.ingest.held.splice(0)) settle();
    await Promise.all([...publishes, late]);
  });
});

describe('enrolment', () => {
  it('closed: a provider publishes for registered devices only', async () => {
    const test = await startBroker({ config: { enrolment: 'closed' } });
    const provider = await connectClient(test, asProvider(test));
    await provider.publishAsync(readings, 'x', { qos: 1 });
    provider.publish('city/v1/umwelt/unknown/readings', 'x', { qos: 1 }, () => {});
    await until('the end', () => !provider.connected);
    expect(await test.refused('forbidden-publish')).toBe(1);
  });

  it('open: anyone publishes for new and open providers, never for one with a token', async () => {
    const test = await startBroker({ config: { enrolment: 'open' } });
    await test.registry.putProvider({ id: 'maker', name: 'maker', createdAt: 1, open: true });
    const anyone = await connectClient(test);
    await anyone.publishAsync('city/v1/maker/x/readings', 'x', { qos: 1 });
    await anyone.publishAsync('city/v1/newcomer/x/readings', 'x', { qos: 1 });
    expect(test.ingest.messages[0]?.account).toEqual({ kind: 'anonymous' });
    anyone.publish(readings, 'x', { qos: 1 }, () => {});
    await until('the end', () => !anyone.connected);
    expect(await test.refused('forbidden-publish')).toBe(1);
  });
});
