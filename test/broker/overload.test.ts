import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import {
  addDevice,
  adminToken,
  asDevice,
  asProvider,
  connectClient,
  rawSocket,
  signedIn,
  signedInDevice,
  startBroker,
  type TestBroker,
} from './harness.ts';
import { connectPacket, publishPacket } from './packets.ts';

const readings = 'city/v1/umwelt/a1/readings';

function deviceConnect({ deviceToken }: TestBroker, clientId: string): Buffer {
  return connectPacket({ clientId, username: 'umwelt/a1', password: deviceToken });
}

function publishes(count: number, topic = readings, payload = 'x'): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      publishPacket({ topic, payload, qos: 1, messageId: index + 1 }),
    ),
  );
}

describe('many connections at once', () => {
  it('answers every one of 500, the last 300 with CONNACK 3, and goes on', async () => {
    const test = await startBroker({ deps: { limits: { clientsMax: 200 } } });
    const sockets = await Promise.all(Array.from({ length: 500 }, () => rawSocket(test)));
    for (const [index, { socket }] of sockets.entries())
      socket.write(deviceConnect(test, `client-${index}`));
    await until(
      'an answer to everyone',
      () => sockets.every(({ received }) => received().length === 4),
      15_000,
    );
    const codes = sockets.map(({ received }) => received()[3]);
    expect(codes.filter((code) => code === 0)).toHaveLength(200);
    expect(codes.filter((code) => code === 3)).toHaveLength(300);
    expect(await test.refused('too-many-clients')).toBe(300);
    const admitted = sockets[codes.indexOf(0)];
    admitted?.socket.write(publishes(1));
    await until('a PUBACK', () => admitted?.received().length === 8);
  });

  it('pushes out the oldest that say nothing, and lets those in who sign in', async () => {
    const test = await startBroker({
      deps: { limits: { halfOpenPerAddressMax: 20, halfOpenPatienceMs: 0 } },
    });
    const honest = await signedInDevice(test, 'before');
    const silent = await Promise.all(Array.from({ length: 100 }, () => rawSocket(test)));
    await until(
      'all but 20 to be closed',
      () => silent.filter(({ isClosed }) => isClosed()).length === 80,
    );
    for (let index = 0; index < 30; index += 1) await signedInDevice(test, `after-${index}`);
    honest.socket.write(publishes(1));
    await until('a PUBACK', () => honest.received().length === 8);
    expect(await test.refused('too-many-clients')).toBeGreaterThanOrEqual(80);
  });

  it('bounds those that say nothing in all, whatever their addresses', async () => {
    const test = await startBroker({ deps: { limits: { halfOpenMax: 5 } } });
    const silent = await Promise.all(Array.from({ length: 12 }, () => rawSocket(test)));
    await until('seven to go', () => silent.filter(({ isClosed }) => isClosed()).length === 7);
    await signedInDevice(test);
  });
});

/** Writes one byte after another, forever, until the socket closes. */
function drip(socket: { write(bytes: Buffer): void; destroyed: boolean }, bytes: Buffer): void {
  let next = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || next >= bytes.length) clearInterval(timer);
    else socket.write(bytes.subarray(next, ++next));
  }, 20);
}

describe('senders of a byte at a time', () => {
  it('cuts 100 of them off in the middle of CONNECT, without effect on others', async () => {
    const test = await startBroker({ deps: { limits: { connectTimeoutMs: 400 } } });
    const honest = await connectClient(test, asDevice(test));
    const slow = await Promise.all(Array.from({ length: 100 }, () => rawSocket(test)));
    for (const [index, { socket }] of slow.entries())
      drip(socket, deviceConnect(test, `slow-${index}`));
    await honest.publishAsync(readings, 'x', { qos: 1 });
    await until('all of them to be closed', () => slow.every(({ isClosed }) => isClosed()));
    expect(slow.every(({ received }) => received().length === 0)).toBe(true);
    expect(await test.refused('too-slow')).toBe(100);
    await honest.publishAsync(readings, 'y', { qos: 1 });
    expect(test.ingest.messages).toHaveLength(2);
  });

  it.each([
    ['after the first byte', 1],
    ['in its length', 2],
    ['in its payload', 60],
  ])('cuts off a PUBLISH that stops %s', async (_, bytes) => {
    const test = await startBroker({ deps: { limits: { packetTimeoutMs: 300 } } });
    const raw = await signedInDevice(test);
    raw.socket.write(publishes(1, readings, 'x'.repeat(200)).subarray(0, bytes));
    await raw.closed();
    expect(await test.refused('too-slow')).toBe(1);
    expect(test.ingest.messages).toEqual([]);
  });

  it('cuts off a PUBLISH that never ends although bytes keep coming', async () => {
    const limits = { packetTimeoutMs: 300, packetBytesPerSMin: 10_000 };
    const test = await startBroker({ deps: { limits } });
    const raw = await signedInDevice(test);
    drip(raw.socket, publishes(1, readings, 'x'.repeat(2_000)));
    await raw.closed();
    expect(await test.refused('too-slow')).toBe(1);
  });

  it('gives a long packet the time that its pace needs', async () => {
    const limits = { packetTimeoutMs: 100, packetBytesPerSMin: 20 };
    const test = await startBroker({ deps: { limits } });
    const raw = await signedInDevice(test);
    drip(raw.socket, publishes(1));
    const packet = publishes(1, readings, 'x'.repeat(100));
    await until('the short one', () => raw.received().length === 8);
    raw.socket.write(packet.subarray(0, 100));
    await new Promise((resolve) => setTimeout(resolve, 700));
    raw.socket.write(packet.subarray(100));
    await until('the PUBACK', () => raw.received().length === 12);
  });

  it('does not blame a sender whom the broker does not read', async () => {
    const limits = { packetTimeoutMs: 100, pendingPerClientMax: 1, pendingOvershoot: 10_000 };
    const test = await startBroker({ deps: { limits: { ...limits, readBytesMax: 100 } } });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    raw.socket.write(publishes(1_000));
    await until('the first', () => test.ingest.messages.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(test.ingest.messages.length).toBeLessThan(1_000);
    test.ingest.hold = false;
    for (const settle of test.ingest.held.splice(0)) settle();
    await until('all PUBACKs', () => raw.received().length === 4 + 4 * 1_000, 10_000);
  });
});

describe('a flood', () => {
  it('of one connection lets others in between', async () => {
    const test = await startBroker();
    const flooder = await signedInDevice(test, 'flooder');
    const other = await signedIn(
      test,
      connectPacket({ clientId: 'other', username: 'admin', password: adminToken }),
    );
    flooder.socket.write(publishes(20_000));
    await until('the flood', () => test.ingest.messages.length > 0);
    other.socket.write(publishes(1, 'city/v1/umwelt/b2/readings'));
    await until('all', () => test.ingest.messages.length === 20_001, 10_000);
    const place = test.ingest.messages.findIndex(({ topic }) => topic !== readings);
    expect(place).toBeLessThan(10_000);
    await until('all PUBACKs', () => flooder.received().length === 4 + 4 * 20_000, 10_000);
    expect(await test.refused('overloaded')).toBe(0);
  });

  it('of one provider does not keep another from being read, nor who has little waiting', async () => {
    const limits = { pendingPerProviderMax: 200, readBytesMax: 1_000 };
    const test = await startBroker({ deps: { limits } });
    await addDevice(test.registry, 'other/a1');
    const password = await test.registry.issueToken({ kind: 'device', device: 'other/a1' });
    test.ingest.hold = true;
    const flooders = await Promise.all(
      Array.from({ length: 5 }, (_, index) => signedInDevice(test, `flooder-${index}`)),
    );
    for (const { socket } of flooders) socket.write(publishes(1_000));
    await until('the provider to be full', () => test.ingest.messages.length >= 200);
    await until(
      'all to be held',
      async () => (await test.metric('mqtt_throttled_connections')) === 5,
    );
    expect(test.ingest.messages.length).toBeLessThan(500);
    const sibling = await connectClient(test, asProvider(test));
    const stranger = await connectClient(test, { username: 'other/a1', password });
    sibling.publish('city/v1/umwelt/b2/readings', 'sibling', { qos: 1 });
    stranger.publish('city/v1/other/a1/readings', 'stranger', { qos: 1 });
    await until(
      'both',
      () => test.ingest.messages.filter(({ topic }) => topic !== readings).length === 2,
    );
    test.ingest.hold = false;
    for (const settle of test.ingest.held.splice(0)) settle();
    await until(
      'all PUBACKs',
      () => flooders.every(({ received }) => received().length === 4 + 4 * 1_000),
      10_000,
    );
    expect(await test.metric('mqtt_throttled_connections')).toBe(0);
    expect(await test.metric('mqtt_throttled_total', { scope: 'provider' })).toBeGreaterThan(0);
  });

  it('is not logged message by message', async () => {
    const limits = { pendingPerClientMax: 5, pendingOvershoot: 1, readBytesMax: 64 * 1024 };
    const test = await startBroker({ deps: { limits } });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    raw.socket.write(
      Buffer.concat(
        Array.from({ length: 500 }, () => publishPacket({ topic: readings, payload: 'x' })),
      ),
    );
    await until('drops', async () => (await test.refused('overloaded')) > 300);
    expect(test.logged.length).toBe(1);
  });

  it('does not let the keepalive of a device run out while it is not read', async () => {
    const test = await startBroker({ deps: { limits: { pendingPerClientMax: 1 } } });
    test.ingest.hold = true;
    const connect = deviceConnect(test, 'raw');
    connect[11] = 1; // keepalive of a second
    const raw = await signedIn(test, connect);
    raw.socket.write(publishes(1));
    await until('the message', () => test.ingest.held.length === 1);
    raw.socket.write(publishes(1));
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect(raw.isClosed()).toBe(false);
    test.ingest.hold = false;
    for (const settle of test.ingest.held.splice(0)) settle();
    await until('both PUBACKs', () => raw.received().length === 12);
  });
});

describe('a limited rate', () => {
  it('withholds the acknowledgements of the device that exceeds it, and nobody else’s', async () => {
    let now = 1_000_000;
    const test = await startBroker({
      config: { rates: { perDevice: 10, perProvider: 0 } },
      deps: { clock: () => now, limits: { readBytesMax: 200 } },
    });
    const raw = await signedInDevice(test);
    raw.socket.write(publishes(300));
    await until(
      'it to be held',
      async () => (await test.metric('mqtt_throttled_connections')) === 1,
    );
    const { length } = test.ingest.messages;
    expect(length).toBeGreaterThanOrEqual(100);
    expect(length).toBeLessThan(120);
    expect(await test.metric('mqtt_throttled_total', { scope: 'device-rate' })).toBe(1);
    const other = await connectClient(test, asProvider(test));
    await other.publishAsync('city/v1/umwelt/b2/readings', 'x', { qos: 1 });
    expect(test.ingest.messages).toHaveLength(length + 1);
    // Another connection of the same device does not get round it.
    const again = await signedInDevice(test, 'again');
    again.socket.write(publishes(1));
    await until('it too', async () => (await test.metric('mqtt_throttled_connections')) === 2);
    now += 60_000;
    await until('all PUBACKs', () => {
      now += 100;
      return raw.received().length === 4 + 4 * 300 && again.received().length === 8;
    });
    expect(await test.refused('overloaded')).toBe(0);
  });

  it('counts all devices of a provider together', async () => {
    const now = 1_000_000;
    const test = await startBroker({
      config: { rates: { perDevice: 0, perProvider: 2 } },
      deps: { clock: () => now, limits: { readBytesMax: 100 } },
    });
    const provider = await connectClient(test, asProvider(test));
    for (let index = 0; index < 30; index += 1)
      provider.publish(`city/v1/umwelt/d${index}/readings`, 'x');
    await until(
      'it to be held',
      async () => (await test.metric('mqtt_throttled_connections')) === 1,
    );
    expect(test.ingest.messages.length).toBeLessThan(30);
    expect(await test.metric('mqtt_throttled_total', { scope: 'provider-rate' })).toBe(1);
    const admin = await connectClient(test, { username: 'admin', password: adminToken });
    await admin.publishAsync(readings, 'x', { qos: 1 });
  });
});
