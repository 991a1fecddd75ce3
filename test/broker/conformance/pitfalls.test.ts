import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createCore } from '../../../broker/core.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { until } from '../../support/until.ts';
import {
  asAdmin,
  asDevice,
  connectClient,
  rawSocket,
  refusalCode,
  startBroker,
  type TestBroker,
} from '../harness.ts';
import { connect, disconnect, pingreq, publish } from './packets.ts';

const readings = 'city/v1/umwelt/a1/readings';

async function signedIn(test: TestBroker, keepAlive = 0) {
  const raw = await rawSocket(test);
  const credentials = { user: 'umwelt/a1', password: test.deviceToken };
  raw.socket.write(connect({ id: 'raw', keepAlive, ...credentials }));
  await until('the CONNACK', () => raw.received().length === 4);
  return raw;
}

/** A registry that has a bug. */
function throwing(method: 'accountOf' | 'device' | 'provider') {
  const registry = createMemoryRegistry();
  registry[method] = () => {
    throw new Error('bug');
  };
  return registry;
}

describe('what breaks a plain broker', () => {
  it('a throw while signing in refuses that client, and the broker goes on', async () => {
    const test = await startBroker({ deps: { registry: throwing('accountOf') } });
    expect(await refusalCode(test, { username: 'umwelt', password: 'x' })).toBe(3);
    await connectClient(test, asAdmin);
  });

  it('a throw while a publish is judged closes that client, and the broker goes on', async () => {
    const registry = throwing('provider');
    const test = await startBroker({ config: { enrolment: 'open' }, deps: { registry } });
    const anyone = await connectClient(test);
    anyone.publish('city/v1/new/device/readings', 'x', { qos: 1 }, () => {});
    await until('the end', () => !anyone.connected);
    const admin = await connectClient(test, asAdmin);
    await admin.publishAsync(readings, 'x', { qos: 1 });
    expect(test.ingest.messages).toHaveLength(1);
  });

  it('a round trip at QoS 1 does not wait for a delayed TCP acknowledgement', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    const tripsMs: number[] = [];
    for (let trip = 0; trip < 21; trip += 1) {
      const begin = performance.now();
      await device.publishAsync(readings, 'x', { qos: 1 });
      tripsMs.push(performance.now() - begin);
    }
    const median = tripsMs.sort((a, b) => a - b)[10];
    // With Nagle's algorithm it is 40 ms and more.
    expect(median).toBeLessThan(25);
  });

  it('hooks called without a client, as for the will of another broker, refuse', async () => {
    const config = { host: '127.0.0.1', mqttPort: 0, enrolment: 'open', publicRead: true } as const;
    const { aedes } = createCore(config, {
      registry: createMemoryRegistry(),
      clock: Date.now,
      log: pino({ level: 'silent' }),
      metrics: new MetricsRegistry(),
      verifyAdmin: () => false,
    });
    const will = { topic: readings, payload: 'x', qos: 1, retain: false } as const;
    const error = await new Promise((resolve) =>
      // Aedes' sweeper of wills does so, against its types.
      aedes.authorizePublish(null, { ...will, cmd: 'publish', dup: false }, resolve),
    );
    expect(error).toBeInstanceOf(Error);
  });
});

describe('waiting with the PUBACK', () => {
  it('a client that pings stays connected while its publishes wait longer than its keep alive', async () => {
    const test = await startBroker();
    test.ingest.hold = true;
    const raw = await signedIn(test, 1);
    const publishes = [1, 2, 3, 4].map((id) => publish(readings, 'x', { qos: 1, id }));
    raw.socket.write(Buffer.concat(publishes));
    await until('the messages', () => test.ingest.held.length === 4);
    for (let half = 0; half < 6; half += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      raw.socket.write(pingreq);
    }
    expect(raw.isClosed()).toBe(false);
    for (const settle of test.ingest.held.splice(0)) settle();
    await until('PUBACKs and PINGRESPs', () => raw.received().length === 4 + 4 * 4 + 6 * 2);
  });

  it('a client that is gone when its publish settles harms nobody; the message was handed on', async () => {
    const test = await startBroker();
    test.ingest.hold = true;
    const raw = await signedIn(test);
    raw.socket.write(publish(readings, 'x', { qos: 1, id: 1 }));
    await until('the message', () => test.ingest.held.length === 1);
    raw.socket.destroy();
    await until('the end', async () => (await test.metric('mqtt_connected_clients')) === 0);
    for (const settle of test.ingest.held.splice(0)) settle();
    test.ingest.hold = false;
    expect(await test.metric('mqtt_pending_acks')).toBe(0);
    const again = await connectClient(test, asDevice(test));
    await again.publishAsync(readings, 'x', { qos: 1 });
    expect(test.ingest.messages).toHaveLength(2);
  });

  it('DISCONNECT waits for the publishes in front of it, without an end to other packets behind it', async () => {
    const test = await startBroker();
    test.ingest.hold = true;
    const raw = await signedIn(test);
    raw.socket.write(
      Buffer.concat([publish(readings, 'x', { qos: 1, id: 6 }), disconnect, pingreq]),
    );
    await until('the message', () => test.ingest.held.length === 1);
    expect(raw.isClosed()).toBe(false);
    for (const settle of test.ingest.held.splice(0)) settle();
    await raw.closed();
    expect([...raw.received().subarray(4)]).toEqual([0x40, 2, 0, 6]);
  });
});
