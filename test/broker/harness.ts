import { createServer, type Server } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { type Broker, createBroker } from '../../broker/broker.ts';
import { oneByOne } from '../../broker/bus/burst.ts';
import type { Accept, InboundMessage, Settle } from '../../broker/bus/bus.ts';
import type { BrokerConfig } from '../../broker/config.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { BrokerDeps } from '../../broker/core.ts';
import { createRegistry } from '../../broker/registry/registry.ts';
import { freePort } from '../support/free-port.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { connectPacket } from './packets.ts';

export const adminToken = 'the-admin-token';

/** Messages that reached ingest, and what to answer them with. */
export interface FakeIngest {
  messages: InboundMessage[];
  /** Settlements held back, oldest first, while `hold` is set. */
  held: Settle[];
  hold: boolean;
  accept: Accept;
}

export function fakeIngest(): FakeIngest {
  const ingest: FakeIngest = {
    messages: [],
    held: [],
    hold: false,
    accept(message, settle) {
      ingest.messages.push(message);
      if (ingest.hold) ingest.held.push(settle);
      else settle();
    },
  };
  return ingest;
}

export interface TestBroker {
  broker: Broker;
  port: number;
  registry: Registry;
  ingest: FakeIngest;
  logged: string[];
  /** Value of `mqtt_refused_total` for a reason. */
  refused(reason: string): Promise<number>;
  metric(name: string, labels?: Record<string, string>): Promise<number>;
  providerToken: string;
  deviceToken: string;
}

export interface TestBrokerOptions {
  config?: Partial<BrokerConfig>;
  deps?: Partial<BrokerDeps>;
  withoutIngest?: boolean;
  /** All publishes go the general way. */
  withoutLane?: boolean;
}

/** A broker on a free port, with provider `umwelt` (device `umwelt/a1` registered, private) and its tokens. */
export async function startBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const folder = makeTempFolder();
  const registry = createRegistry({ path: `${folder.path}/registry` });
  const metrics = new MetricsRegistry();
  const ingest = fakeIngest();
  const logged: string[] = [];
  const port = await freePort();
  await registry.putProvider({ id: 'umwelt', name: 'Umweltamt', createdAt: 1, open: false });
  await addDevice(registry, 'umwelt/a1');
  const [providerToken, deviceToken] = await Promise.all([
    registry.issueToken({ kind: 'provider', provider: 'umwelt' }),
    registry.issueToken({ kind: 'device', device: 'umwelt/a1' }),
  ]);
  const broker = createBroker(
    {
      host: '127.0.0.1',
      mqttPort: port,
      enrolment: 'provider',
      publicRead: true,
      ...options.config,
    },
    {
      registry,
      ...waysIn(options, ingest),
      clock: Date.now,
      log: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
      metrics,
      verifyAdmin: (token) => token === adminToken,
      ...options.deps,
    },
  );
  await broker.start();
  onTestFinished(async () => {
    for (const settle of ingest.held) settle();
    await broker.stop();
    await registry.close();
    folder.remove();
  });
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const found = await metrics.getSingleMetric(name)?.get();
    const value = found?.values.find((one) =>
      Object.entries(labels).every(([key, label]) => one.labels[key] === label),
    );
    return value?.value ?? Number.NaN;
  };
  return {
    broker,
    port,
    registry,
    ingest,
    logged,
    providerToken,
    deviceToken,
    metric,
    refused: (reason) => metric('mqtt_refused_total', { reason }),
  };
}

function waysIn(
  { withoutIngest, withoutLane, deps }: TestBrokerOptions,
  ingest: FakeIngest,
): Pick<BrokerDeps, 'accept' | 'acceptBurst'> {
  if (withoutIngest) return {};
  const accept = deps?.accept ?? ingest.accept;
  return withoutLane ? { accept } : { accept, acceptBurst: oneByOne(accept) };
}

export async function addDevice(
  registry: Registry,
  key: `${string}/${string}`,
  more: { public?: boolean } = {},
): Promise<void> {
  const [provider = '', id = ''] = key.split('/');
  await registry.putDevice({ provider, id, kind: 'air', public: false, createdAt: 1, ...more });
}

/** Options of a client that signs in as the registered device. */
export function asDevice({ deviceToken }: TestBroker): IClientOptions {
  return { username: 'umwelt/a1', password: deviceToken };
}

export function asProvider({ providerToken }: TestBroker): IClientOptions {
  return { username: 'umwelt', password: providerToken };
}

export const asAdmin: IClientOptions = { username: 'admin', password: adminToken };

/** A connected client that ends with the test and does not connect again by itself. */
export async function connectClient(
  { port }: { port: number },
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = openClient({ port }, options);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed before it was connected')));
  });
  return client;
}

export function openClient({ port }: { port: number }, options: IClientOptions = {}): MqttClient {
  const client = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  onTestFinished(async () => {
    await client.endAsync(true);
  });
  client.on('error', () => {});
  return client;
}

/** The CONNACK return code that a refused client is told. */
export async function refusalCode(
  { port }: { port: number },
  options: IClientOptions,
): Promise<number | string> {
  const client = openClient({ port }, options);
  return new Promise((resolve) => {
    client.once('connect', () => resolve('connected'));
    client.once('error', (error) => resolve('code' in error ? (error.code as number) : 'error'));
    client.once('close', () => resolve('closed'));
  });
}

/** A plain socket, for bytes that no client would send. */
export interface RawSocket {
  socket: Socket;
  /** Everything received so far. */
  received(): Buffer;
  isClosed(): boolean;
  closed(): Promise<unknown>;
}

export async function rawSocket({ port }: { port: number }): Promise<RawSocket> {
  const socket = connectSocket({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => Buffer.concat(chunks),
    isClosed: () => isClosed,
    closed: () => until('the broker to close the connection', () => isClosed),
  };
}

/** An HTTP server that passes every upgrade on to the broker, as the API does for `/mqtt`. */
export async function webSocketServer({ broker }: TestBroker): Promise<number> {
  const server: Server = createServer();
  server.on('upgrade', (request, socket, head) => broker.handleUpgrade(request, socket, head));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

/** A raw socket that has sent a CONNECT; its CONNACK is the first that was received. */
export async function signedIn(test: TestBroker, connectBytes: Buffer): Promise<RawSocket> {
  const raw = await rawSocket(test);
  raw.socket.write(connectBytes);
  await until('the CONNACK', () => raw.received().length === 4);
  return raw;
}

/** The same of the device `umwelt/a1`. */
export function signedInDevice(test: TestBroker, clientId = 'raw'): Promise<RawSocket> {
  const { deviceToken: password } = test;
  return signedIn(test, connectPacket({ clientId, username: 'umwelt/a1', password }));
}
