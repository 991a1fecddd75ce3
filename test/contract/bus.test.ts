import { connectAsync, type IClientOptions } from 'mqtt';
import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBroker } from '../../broker/broker.ts';
import { type InboundMessage, NotKept, type Settle } from '../../broker/bus/bus.ts';
import { createInProcessBus } from '../../broker/bus/in-process.ts';
import { createMqttClientBus } from '../../broker/bus/mqtt-client.ts';
import { BusUnavailable } from '../../broker/bus/publisher.ts';
import type { BrokerDeps } from '../../broker/core.ts';
import { createRegistry } from '../../broker/registry/registry.ts';
import { freePort } from '../support/free-port.ts';
import { hasMosquitto, type MosquittoServer, startMosquitto } from '../support/mosquitto-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type BusUnderTest, describeBus } from './bus-contract.ts';

const log = pino({ level: 'silent' });
const deps = { clock: Date.now, log };
const adminToken = 'the-admin-token';

/** Our broker, with provider `umwelt`; `connectDevice` signs in with its token. */
async function ownBroker(extra: Partial<BrokerDeps>) {
  const folder = makeTempFolder();
  const registry = createRegistry({ path: `${folder.path}/registry` });
  await registry.putProvider({ id: 'umwelt', name: 'Umweltamt', createdAt: 1, open: false });
  const password = await registry.issueToken({ kind: 'provider', provider: 'umwelt' });
  const port = await freePort();
  const broker = createBroker(
    { host: '127.0.0.1', mqttPort: port, enrolment: 'provider', publicRead: true },
    {
      ...deps,
      registry,
      metrics: new MetricsRegistry(),
      verifyAdmin: (token) => token === adminToken,
      ...extra,
    },
  );
  await broker.start();
  return {
    broker,
    port,
    connectDevice: () => connectDevice(port, { username: 'umwelt', password }),
    async close() {
      await broker.stop();
      await registry.close();
      folder.remove();
    },
  };
}

async function connectDevice(port: number, options: IClientOptions = {}) {
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: 'device-under-test',
    clean: false,
    reconnectPeriod: 50,
    ...options,
  });
  device.on('error', () => {});
  return device;
}

describeBus(
  'in process, at our own broker',
  async (): Promise<BusUnderTest> => {
    const joint = createInProcessBus();
    const { accept, acceptBurst } = joint;
    const own = await ownBroker({ accept, acceptBurst });
    joint.attach(own.broker.publish);
    const device = await own.connectDevice();
    return {
      bus: joint.bus,
      device,
      async close() {
        await device.endAsync(true);
        await joint.bus.stop();
        await own.close();
      },
    };
  },
  { gatesDevice: true },
);

let sessions = 0;

describeBus(
  'mqtt.js, at our own broker running apart',
  async (): Promise<BusUnderTest> => {
    const own = await ownBroker({});
    const bus = createMqttClientBus(
      {
        url: `mqtt://127.0.0.1:${own.port}`,
        clientId: 'sensorplatz-ingest',
        username: 'admin',
        password: adminToken,
      },
      deps,
    );
    const device = await own.connectDevice();
    return {
      bus,
      device,
      async close() {
        await device.endAsync(true);
        await bus.stop();
        await own.close();
      },
    };
  },
  { gatesDevice: false },
);

describe.skipIf(!hasMosquitto())('mqtt.js at Mosquitto', () => {
  let mosquitto: MosquittoServer;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
  });
  afterAll(() => mosquitto.remove());

  const newBus = () => {
    sessions += 1;
    const clientId = `sensorplatz-test-${sessions}`;
    return createMqttClientBus({ url: `mqtt://127.0.0.1:${mosquitto.port}`, clientId }, deps);
  };

  describeBus(
    'mqtt.js, at Mosquitto',
    async (): Promise<BusUnderTest> => {
      const bus = newBus();
      const device = await connectDevice(mosquitto.port, { clientId: `device-${sessions}` });
      return {
        bus,
        device,
        async close() {
          await device.endAsync(true);
          await bus.stop();
        },
      };
    },
    { gatesDevice: false },
  );

  it('fetches what came while nobody took messages, also unacknowledged ones', async () => {
    sessions += 1;
    const config = { url: `mqtt://127.0.0.1:${mosquitto.port}`, clientId: `sleeper-${sessions}` };
    const held: Settle[] = [];
    const first = createMqttClientBus(config, deps);
    await first.start((_message, settle) => held.push(settle));
    const device = await connectDevice(mosquitto.port, { clientId: `device-${sessions}` });
    await device.publishAsync('city/v1/umwelt/a1/readings', 'unacknowledged', { qos: 1 });
    await until('the message', () => held.length === 1);
    const stopped = first.stop();
    held[0]?.(new NotKept('stopping'));
    await stopped;
    await device.publishAsync('city/v1/umwelt/a1/readings', 'asleep', { qos: 1 });
    const messages: InboundMessage[] = [];
    const second = createMqttClientBus(config, deps);
    await second.start((message, settle) => {
      messages.push(message);
      settle();
    });
    await until('both', () => messages.length === 2);
    expect(messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual([
      'unacknowledged',
      'asleep',
    ]);
    await second.stop();
    await device.endAsync(true);
  });

  it('passes retained messages on as such', async () => {
    const device = await connectDevice(mosquitto.port, { clientId: 'retainer' });
    const topic = 'city/v1/umwelt/retained/status';
    await device.publishAsync(topic, 'online', { qos: 1, retain: true });
    const messages: InboundMessage[] = [];
    const bus = newBus();
    await bus.start((message, settle) => {
      messages.push(message);
      settle();
    });
    await until('the status', () => messages.length === 1);
    expect(messages[0]).toMatchObject({ topic, retain: true });
    await bus.stop();
    await device.publishAsync(topic, '', { qos: 1, retain: true });
    await device.endAsync(true);
  });
});

describe('mqtt.js without a broker', () => {
  it('fails to start with one clear sentence that holds no password', async () => {
    const port = await freePort();
    const url = `mqtt://admin:secret@127.0.0.1:${port}`;
    const bus = createMqttClientBus({ url, clientId: 'sensorplatz-test' }, deps);
    const error = await bus.start(() => {}).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BusUnavailable);
    expect((error as Error).message).toContain(`127.0.0.1:${port}`);
    expect((error as Error).message).not.toContain('secret');
  });

  it('fails to start when it may not sign in', async () => {
    const own = await ownBroker({});
    const bus = createMqttClientBus(
      { url: `mqtt://admin:wrong@127.0.0.1:${own.port}`, clientId: 'sensorplatz-test' },
      deps,
    );
    await expect(bus.start(() => {})).rejects.toThrow(BusUnavailable);
    await own.close();
  });
});
