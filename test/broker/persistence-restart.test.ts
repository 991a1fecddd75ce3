import type { IClientOptions, MqttClient } from 'mqtt';
import { generate, parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { type BrokerProcess, startBrokerProcess } from './broker-process.ts';
import { asAdmin, connectClient, openClient, rawSocket } from './harness.ts';

const commands = 'city/v1/umwelt/a1/commands';
const status = 'city/v1/umwelt/a1/status';

/** A device with a persistent session, asleep. */
async function sleepingDevice(broker: BrokerProcess): Promise<IClientOptions> {
  const options = { ...broker.asDevice, clientId: 'sleeper', clean: false };
  const device = await connectClient(broker, options);
  await device.subscribeAsync(commands, { qos: 1 });
  await device.endAsync();
  return options;
}

/** A client that notes what it is sent, and whether it found its session. */
function listen(broker: BrokerProcess, options: IClientOptions) {
  const got: string[] = [];
  const client = openClient(broker, options);
  client.on('message', (_topic, payload) => got.push(payload.toString()));
  const present = new Promise<boolean>((resolve) =>
    client.once('connect', ({ sessionPresent }) => resolve(sessionPresent)),
  );
  return { client, got, present };
}

async function restart(broker: BrokerProcess): Promise<void> {
  await broker.kill();
  await broker.start();
}

/** A message to oneself: when it is back, all that was due before has come. */
async function roundTrip(client: MqttClient, got: string[]): Promise<void> {
  const mark = `mark ${got.length}`;
  await client.publishAsync(commands, mark, { qos: 1 });
  await until('the mark', () => got.includes(mark));
  got.splice(got.indexOf(mark), 1);
}

describe('after a kill of the broker', () => {
  it('a sleeping device finds its session, and each command once and in order', async () => {
    const broker = await startBrokerProcess();
    const sleeper = await sleepingDevice(broker);
    const admin = await connectClient(broker, asAdmin);
    const sent = Array.from({ length: 50 }, (_, index) => `command ${index}`);
    await Promise.all(sent.map((text) => admin.publishAsync(commands, text, { qos: 1 })));
    await restart(broker);
    const { client, got, present } = listen(broker, sleeper);
    expect(await present).toBe(true);
    await until('all commands', () => got.length >= sent.length);
    const again = await connectClient(broker, asAdmin);
    await again.publishAsync(commands, 'after', { qos: 1 });
    await until('a command to the subscription that was never renewed', () =>
      got.includes('after'),
    );
    expect(got).toEqual([...sent, 'after']);
    // On disk behind the acknowledgements that the device has sent before.
    await client.publishAsync(status, 'going to sleep', { qos: 1, retain: true });
    await client.endAsync();
    await restart(broker);
    const third = listen(broker, sleeper);
    await third.present;
    const last = await connectClient(broker, asAdmin);
    await last.publishAsync(commands, 'last', { qos: 1 });
    await until('what is new', () => third.got.length > 0);
    expect(third.got).toEqual(['last']);
  }, 60_000);

  it('a filter that was given up stays given up, and a clean session leaves nothing', async () => {
    const broker = await startBrokerProcess();
    const sleeper = await sleepingDevice(broker);
    const awake = await connectClient(broker, sleeper);
    await awake.unsubscribeAsync(commands);
    await awake.endAsync();
    const cleaned = { ...sleeper, clientId: 'cleaned' };
    const before = await connectClient(broker, cleaned);
    await before.subscribeAsync(commands, { qos: 1 });
    await before.endAsync();
    await (await connectClient(broker, { ...cleaned, clean: true })).endAsync();
    await restart(broker);
    const admin = await connectClient(broker, asAdmin);
    await admin.publishAsync(commands, 'nobody hears this', { qos: 1 });
    for (const options of [sleeper, cleaned]) {
      const { client, got, present } = listen(broker, options);
      await present;
      await client.subscribeAsync(commands, { qos: 1 });
      await admin.publishAsync(commands, 'heard', { qos: 1 });
      await until('what is new', () => got.length > 0);
      expect(got).toEqual(['heard']);
      await client.endAsync();
    }
  }, 60_000);

  it('retained messages are there, a cleared one is not, the will of a lost device is', async () => {
    const broker = await startBrokerProcess();
    const will = {
      topic: 'city/v1/umwelt/b2/status',
      payload: Buffer.from('gone'),
      qos: 1,
      retain: true,
    } as const;
    const lost = await connectClient(broker, { ...broker.asProvider, will });
    const device = await connectClient(broker, broker.asDevice);
    await device.publishAsync(status, 'online', { qos: 1, retain: true });
    const provider = await connectClient(broker, broker.asProvider);
    const cleared = 'city/v1/umwelt/c3/status';
    await provider.publishAsync(cleared, 'online', { qos: 2, retain: true });
    await provider.publishAsync(cleared, '', { qos: 1, retain: true });
    lost.stream.destroy();
    const watcher = listen(broker, asAdmin);
    await watcher.present;
    await until('the will', async () => {
      await watcher.client.subscribeAsync('city/v1/umwelt/b2/status', { qos: 1 });
      return watcher.got.includes('gone');
    });
    await restart(broker);
    const { client, got, present } = listen(broker, asAdmin);
    await present;
    await client.subscribeAsync(['city/v1/+/+/status', commands], { qos: 1 });
    await roundTrip(client, got);
    expect(got.sort()).toEqual(['gone', 'online']);
  }, 60_000);

  it('a QoS 2 message that comes again under its id is not published again', async () => {
    const broker = await startBrokerProcess();
    const sleeper = await sleepingDevice(broker);
    const before = await rawClient(broker);
    before.send({
      cmd: 'publish',
      topic: commands,
      payload: 'once',
      qos: 2,
      messageId: 7,
      dup: false,
      retain: false,
    });
    await before.received('pubrec');
    await restart(broker);
    const after = await rawClient(broker);
    after.send({
      cmd: 'publish',
      topic: commands,
      payload: 'once',
      qos: 2,
      messageId: 7,
      dup: true,
      retain: false,
    });
    await after.received('pubrec');
    after.send({ cmd: 'pubrel', messageId: 7 });
    await after.received('pubcomp');
    await restart(broker);
    const next = await rawClient(broker);
    next.send({
      cmd: 'publish',
      topic: commands,
      payload: 'the id is free again',
      qos: 2,
      messageId: 7,
      dup: false,
      retain: false,
    });
    await next.received('pubrec');
    const { got } = listen(broker, sleeper);
    await until('the commands', () => got.includes('the id is free again'));
    expect(got).toEqual(['once', 'the id is free again']);
  }, 60_000);

  it('a queue is as full as it was', async () => {
    const broker = await startBrokerProcess({ limits: { queuedPerSessionMax: 3 } });
    const sleeper = await sleepingDevice(broker);
    const send = async (text: string) => {
      const admin = await connectClient(broker, asAdmin);
      await admin.publishAsync(commands, text, { qos: 1 });
      await admin.endAsync();
    };
    for (const text of ['one', 'two', 'three', 'four']) await send(text);
    await restart(broker);
    await send('five');
    const { client, got } = listen(broker, sleeper);
    await until('the queue', () => got.length >= 3);
    await until('the acknowledgements', async () => {
      await send('now there is room');
      return got.includes('now there is room');
    });
    expect(got.slice(0, 3)).toEqual(['one', 'two', 'three']);
    expect(got).not.toContain('five');
    await client.endAsync();
  }, 60_000);
});

/** An admin with a persistent session, packet by packet. */
async function rawClient(broker: BrokerProcess) {
  const { socket } = await rawSocket(broker);
  const got: string[] = [];
  const parse = parser();
  parse.on('packet', ({ cmd }) => got.push(cmd));
  socket.on('data', (chunk) => parse.parse(chunk));
  const client = {
    send: (packet: Parameters<typeof generate>[0]) => void socket.write(generate(packet)),
    received: (cmd: string) => until(cmd, () => got.includes(cmd)),
  };
  const { username, password } = asAdmin as { username: string; password: string };
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: 'raw-admin',
    clean: false,
    keepalive: 60,
    username,
    password: Buffer.from(password),
  });
  await client.received('connack');
  return client;
}
