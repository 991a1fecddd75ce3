import type { IClientOptions, MqttClient } from 'mqtt';
import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Accept } from '../../broker/bus/bus.ts';
import type { Command, CommandMessage } from '../../broker/contract/commands.ts';
import type { LiveCommandAck, LiveFeed } from '../../broker/contract/live.ts';
import { parseTopic } from '../../broker/contract/topics.ts';
import { createCommands, type RunningCommands } from '../../ingest/commands/commands.ts';
import { silentLog } from '../support/log.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import {
  addDevice,
  asAdmin,
  asDevice,
  asProvider,
  connectClient,
  openClient,
  startBroker,
  type TestBroker,
} from './harness.ts';

const device = 'umwelt/a1';
const topic = `city/v1/${device}/commands`;

/** A real broker, and commands that go out through it; answers come from what it hands to ingest. */
async function startDesk(): Promise<{ test: TestBroker; commands: RunningCommands }> {
  let answer: (ack: LiveCommandAck) => void = () => {};
  const accept: Accept = ({ topic, payload }, settle) => {
    const parsed = parseTopic(topic);
    if (parsed?.kind === 'command-ack')
      answer({ ...parsed, receivedAt: 0, payload: Buffer.from(payload).toString() });
    settle();
  };
  const test = await startBroker({ deps: { accept } });
  const feed: LiveFeed = {
    onReadings: () => () => {},
    onCommandAck(listener) {
      answer = listener;
      return () => {};
    },
  };
  const { broker, registry } = test;
  const commands = createCommands(
    { path: `${tempFolder()}/commands` },
    {
      publish: broker.publish,
      feed,
      registry,
      metrics: new MetricsRegistry(),
      clock: Date.now,
      log: silentLog,
    },
  );
  broker.listenToCommands({
    onDelivered: commands.noteDelivered,
    onSubscribed: commands.noteSubscribed,
  });
  onTestFinished(() => commands.stop());
  return { test, commands };
}

const ping = (commands: RunningCommands): Promise<Command> =>
  commands.send({ device, request: { command: 'ping', args: {} }, by: 'admin' });

/** A device that notes what it is told, and answers by its topic. */
async function listen(
  test: TestBroker,
  options: IClientOptions,
  { qos = 1, filter = topic }: { qos?: 0 | 1; filter?: string } = {},
): Promise<{ client: MqttClient; heard: CommandMessage[] }> {
  const client = await connectClient(test, options);
  const heard: CommandMessage[] = [];
  client.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(filter, { qos });
  return { client, heard };
}

const stateOf = (commands: RunningCommands, { id }: Command) => commands.get(id)?.state;

describe('a device that is there', () => {
  it.each([
    ['a clean session', { clean: true }],
    ['a persistent session', { clean: false, clientId: 'a1' }],
  ])('%s: queued, delivered, acknowledged', async (_what, session) => {
    const { test, commands } = await startDesk();
    const { client, heard } = await listen(test, { ...asDevice(test), ...session });
    const command = await ping(commands);
    expect(command.state).toBe('queued');
    await until('delivery', () => stateOf(commands, command) === 'delivered');
    expect(heard).toMatchObject([{ id: command.id, command: 'ping' }]);
    await client.publishAsync(`${topic}/ack`, JSON.stringify({ id: command.id, ok: true }), {
      qos: 1,
    });
    await until('the answer', () => stateOf(commands, command) === 'acknowledged');
  });

  it('the gateway of its provider, by a filter for all of them', async () => {
    const { test, commands } = await startDesk();
    await listen(test, asProvider(test), { filter: 'city/v1/umwelt/+/commands' });
    const command = await ping(commands);
    await until('delivery', () => stateOf(commands, command) === 'delivered');
  });

  it('confirms many at once, each one its own', async () => {
    const { test, commands } = await startDesk();
    await listen(test, asDevice(test));
    const sent = await Promise.all(Array.from({ length: 20 }, () => ping(commands)));
    for (const command of sent)
      await until('delivery', () => stateOf(commands, command) === 'delivered');
  });
});

describe('what is no delivery', () => {
  it('QoS 0 confirms nothing, though the device may answer', async () => {
    const { test, commands } = await startDesk();
    const { client, heard } = await listen(test, asDevice(test), { qos: 0 });
    const command = await ping(commands);
    await until('the command', () => heard.length > 0);
    expect(stateOf(commands, command)).toBe('queued');
    await client.publishAsync(`${topic}/ack`, JSON.stringify({ id: command.id, ok: false }), {
      qos: 1,
    });
    await until('the answer', () => stateOf(commands, command) === 'failed');
  });

  it('an administrator who looks on', async () => {
    const { test, commands } = await startDesk();
    const { heard } = await listen(test, asAdmin, { filter: 'city/v1/#' });
    const command = await ping(commands);
    await until('the command', () => heard.length > 0);
    // A round trip later its PUBACK has been read.
    const other = await connectClient(test, asDevice(test));
    await other.publishAsync(`city/v1/${device}/readings`, '{"pm10":1}', { qos: 1 });
    expect(stateOf(commands, command)).toBe('queued');
  });

  it('a device without its subscription, or whose subscription was refused', async () => {
    const { test, commands } = await startDesk();
    await addDevice(test.registry, 'umwelt/a2');
    const client = await connectClient(test, asDevice(test));
    await expect(client.subscribeAsync('city/v1/umwelt/a2/commands', { qos: 1 })).rejects.toThrow();
    const command = await commands.send({
      device: 'umwelt/a2',
      request: { command: 'ping', args: {} },
      by: 'admin',
    });
    await client.publishAsync(`city/v1/${device}/readings`, '{"pm10":1}', { qos: 1 });
    expect(stateOf(commands, command)).toBe('queued');
  });
});

describe('a device that comes later', () => {
  it('hears of it as soon as it subscribes', async () => {
    const { test, commands } = await startDesk();
    const command = await ping(commands);
    const { heard } = await listen(test, asDevice(test));
    await until('delivery', () => stateOf(commands, command) === 'delivered', 2_000);
    expect(heard.map(({ id }) => id)).toEqual([command.id]);
  });

  it('a sleeping persistent session gets it from its queue, under the same id', async () => {
    const { test, commands } = await startDesk();
    const session = { ...asDevice(test), clean: false, clientId: 'a1' };
    const { client } = await listen(test, session);
    await client.endAsync();
    const command = await ping(commands);
    const heard: string[] = [];
    const again = openClient(test, session);
    again.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString()).id));
    await until('delivery', () => stateOf(commands, command) === 'delivered');
    expect(new Set(heard)).toEqual(new Set([command.id]));
  });
});
