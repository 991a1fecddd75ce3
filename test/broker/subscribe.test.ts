import { connect } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { liveTopic } from '../../broker/contract/topics.ts';
import { until } from '../support/until.ts';
import {
  addDevice,
  adminToken,
  asAdmin,
  asDevice,
  asProvider,
  connectClient,
  rawSocket,
  startBroker,
  webSocketServer,
} from './harness.ts';
import { connectPacket, subscribePacket } from './packets.ts';

/** QoS granted, or 128 for a refusal. */
async function granted(client: Awaited<ReturnType<typeof connectClient>>, filter: string) {
  return new Promise((resolve) => {
    client.subscribe(filter, { qos: 1 }, (_error, _granted, packet) =>
      resolve(packet && 'granted' in packet ? packet.granted[0] : 'no answer'),
    );
  });
}

describe('subscribing at the broker', () => {
  it('grants what is allowed, answers 0x80 to what is not, and counts it', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    expect(await granted(device, 'city/v1/umwelt/a1/commands')).toBe(1);
    expect(await granted(device, 'city/v1/live/umwelt/a1')).toBe(1);
    for (const filter of [
      '#',
      '$SYS/#',
      '$share/g/city/v1/live/umwelt/a1',
      'city/v1/umwelt/+/commands',
    ])
      expect(await granted(device, filter)).toBe(128);
    expect(await test.refused('forbidden-subscribe')).toBe(4);
    expect(device.connected).toBe(true);
  });

  it('bounds the subscriptions of a client', async () => {
    const test = await startBroker({ deps: { limits: { subscriptionsPerClientMax: 1 } } });
    const device = await connectClient(test, asDevice(test));
    expect(await granted(device, 'city/v1/umwelt/a1/commands')).toBe(1);
    expect(await granted(device, 'city/v1/umwelt/a1/commands')).toBe(1);
    expect(await granted(device, 'city/v1/live/umwelt/a1')).toBe(128);
    expect(await test.refused('too-many-subscriptions')).toBe(1);
    await device.unsubscribeAsync('city/v1/umwelt/a1/commands');
    expect(await granted(device, 'city/v1/live/umwelt/a1')).toBe(1);
  });

  it('closes on a filter that is none', async () => {
    const test = await startBroker();
    const raw = await rawSocket(test);
    const { deviceToken: password } = test;
    raw.socket.write(connectPacket({ clientId: 'raw', username: 'umwelt/a1', password }));
    raw.socket.write(subscribePacket('a+/b'));
    await raw.closed();
    expect(await test.refused('invalid-topic')).toBe(1);
  });

  it('delivers commands to their device alone', async () => {
    const test = await startBroker();
    await addDevice(test.registry, 'umwelt/b2');
    const device = await connectClient(test, asDevice(test));
    const got: string[] = [];
    device.on('message', (topic, payload) => got.push(`${topic} ${payload}`));
    await device.subscribeAsync('city/v1/umwelt/a1/commands', { qos: 1 });
    await test.broker.publish({ topic: 'city/v1/umwelt/b2/commands', payload: 'not you', qos: 1 });
    await test.broker.publish({ topic: 'city/v1/umwelt/a1/commands', payload: 'you', qos: 1 });
    await until('the command', () => got.length > 0);
    expect(got).toEqual(['city/v1/umwelt/a1/commands you']);
  });

  it('keeps commands for a sleeping session, the oldest at the bound', async () => {
    const test = await startBroker({ deps: { limits: { queuedPerSessionMax: 2 } } });
    const session = { ...asDevice(test), clientId: 'sleeper', clean: false };
    const device = await connectClient(test, session);
    await device.subscribeAsync('city/v1/umwelt/a1/commands', { qos: 1 });
    await device.endAsync();
    await until('the end', async () => (await test.metric('mqtt_connected_clients')) === 0);
    for (const payload of ['one', 'two', 'three'])
      await test.broker.publish({ topic: 'city/v1/umwelt/a1/commands', payload, qos: 1 });
    expect(await test.refused('queue-full')).toBe(1);
    const got: string[] = [];
    const again = connect(`mqtt://127.0.0.1:${test.port}`, { ...session, reconnectPeriod: 0 });
    onTestFinished(async () => again.endAsync(true));
    again.on('message', (_topic, payload) => got.push(payload.toString()));
    await until('the queue', () => got.length === 2);
    expect(got).toEqual(['one', 'two']);
    await test.broker.publish({ topic: 'city/v1/umwelt/a1/commands', payload: 'four', qos: 1 });
    await until('the next', () => got.length === 3);
  });

  it('does not queue for filters that it refused in the same packet', async () => {
    const test = await startBroker();
    const session = { ...asDevice(test), clientId: 'sleeper', clean: false };
    const device = await connectClient(test, session);
    await device
      .subscribeAsync(['city/v1/umwelt/a1/commands', 'city/v1/umwelt/b2/commands'], { qos: 1 })
      .catch(() => {});
    await device.endAsync();
    await until('the end', async () => (await test.metric('mqtt_connected_clients')) === 0);
    await test.broker.publish({ topic: 'city/v1/umwelt/b2/commands', payload: 'foreign', qos: 1 });
    await test.broker.publish({ topic: 'city/v1/umwelt/a1/commands', payload: 'own', qos: 1 });
    const got: string[] = [];
    const again = connect(`mqtt://127.0.0.1:${test.port}`, { ...session, reconnectPeriod: 0 });
    onTestFinished(async () => again.endAsync(true));
    again.on('message', (_topic, payload) => got.push(payload.toString()));
    await until('the queue', () => got.length > 0);
    expect(got).toEqual(['own']);
  });

  it('hands a retained status to a late subscriber', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    await device.publishAsync('city/v1/umwelt/a1/status', 'online', { qos: 1, retain: true });
    for (const filter of ['city/v1/#', 'city/v1/umwelt/a1/status']) {
      const admin = await connectClient(test, asAdmin);
      const got: unknown[] = [];
      admin.on('message', (topic, payload, { retain }) => got.push([topic, `${payload}`, retain]));
      await admin.subscribeAsync(filter);
      await until('the status', () => got.length === 1);
      expect(got).toEqual([['city/v1/umwelt/a1/status', 'online', true]]);
    }
  });

  it('shows an admin what devices publish', async () => {
    const test = await startBroker();
    const admin = await connectClient(test, asAdmin);
    const got: string[] = [];
    admin.on('message', (topic) => got.push(topic));
    await admin.subscribeAsync('city/v1/+/+/readings');
    const device = await connectClient(test, asDevice(test));
    await device.publishAsync('city/v1/umwelt/a1/readings', 'x', { qos: 2 });
    await until('the message', () => got.length === 1);
  });

  it('delivers live readings while the device may be read', async () => {
    const test = await startBroker({ config: { enrolment: 'open' } });
    await addDevice(test.registry, 'umwelt/open', { public: true });
    const anyone = await connectClient(test);
    const got: string[] = [];
    anyone.on('message', (_topic, payload) => got.push(payload.toString()));
    expect(await granted(anyone, 'city/v1/live/umwelt/a1')).toBe(128);
    expect(test.broker.liveSubscribers()).toBe(0);
    expect(await granted(anyone, 'city/v1/live/umwelt/open')).toBe(1);
    expect(test.broker.liveSubscribers()).toBe(1);
    const live = { topic: liveTopic('umwelt/open'), qos: 0 } as const;
    await test.broker.publish({ ...live, payload: 'public' });
    await until('the first', () => got.length === 1);
    await addDevice(test.registry, 'umwelt/open', { public: false });
    await test.broker.publish({ ...live, payload: 'private' });
    await addDevice(test.registry, 'umwelt/open', { public: true });
    await test.broker.publish({ ...live, payload: 'public again' });
    await until('the third', () => got.length === 2);
    expect(got).toEqual(['public', 'public again']);
    await anyone.endAsync();
    await until('nobody', () => test.broker.liveSubscribers() === 0);
  });

  it('is not slowed down by a subscriber that stops reading', async () => {
    const test = await startBroker();
    const raw = await rawSocket(test);
    raw.socket.write(
      connectPacket({ clientId: 'stalled', username: 'admin', password: adminToken }),
    );
    raw.socket.write(subscribePacket('city/v1/#'));
    await until('the SUBACK', () => raw.received().length === 9);
    raw.socket.pause();
    const healthy = await connectClient(test, asAdmin);
    let delivered = 0;
    healthy.on('message', () => {
      delivered += 1;
    });
    await healthy.subscribeAsync('city/v1/umwelt/b2/readings');
    const publisher = await connectClient(test, asProvider(test));
    const begin = performance.now();
    const payload = 'x'.repeat(1_000);
    for (let batch = 0; batch < 40; batch += 1)
      await Promise.all(
        Array.from({ length: 500 }, () =>
          publisher.publishAsync('city/v1/umwelt/a1/readings', payload, { qos: 1 }),
        ),
      );
    await publisher.publishAsync('city/v1/umwelt/b2/readings', 'last', { qos: 1 });
    await until('the healthy subscriber', () => delivered === 1, 1_000);
    const elapsedMs = performance.now() - begin;
    expect(test.ingest.messages).toHaveLength(20_001);
    expect(await test.refused('queue-full')).toBeGreaterThan(0);
    // Waiting for the stalled one once would be the drain timeout of 5 s.
    expect(elapsedMs).toBeLessThan(4_500);
  });
});

describe('MQTT over WebSocket', () => {
  it('speaks subprotocol mqtt', async () => {
    const test = await startBroker();
    const port = await webSocketServer(test);
    const client = connect(`ws://127.0.0.1:${port}/mqtt`, {
      ...asDevice(test),
      reconnectPeriod: 0,
    });
    onTestFinished(async () => client.endAsync(true));
    await until('the connection', () => client.connected);
    await client.publishAsync('city/v1/umwelt/a1/readings', 'x'.repeat(100_000), { qos: 1 });
    expect(test.ingest.messages).toHaveLength(1);
  });

  it('refuses an upgrade without it, text frames and frames that are too large', async () => {
    const test = await startBroker();
    const port = await webSocketServer(test);
    const { WebSocket } = await import('ws');
    const failed = (socket: InstanceType<typeof WebSocket>) =>
      new Promise((resolve) => {
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => resolve('closed'));
      });
    expect(await failed(new WebSocket(`ws://127.0.0.1:${port}/mqtt`))).toBe('refused');
    const texting = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
    texting.on('open', () => texting.send('hello'));
    expect(await failed(texting)).toBe('closed');
    const shouting = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
    shouting.on('open', () => shouting.send(Buffer.alloc(1024 * 1024)));
    expect(await failed(shouting)).toBe('closed');
  });
});
