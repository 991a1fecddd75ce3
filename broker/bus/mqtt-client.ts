import { connect, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { topicPrefix } from '../contract/topics.ts';
import type { Accept, Bus } from './bus.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { BusUnavailable, createPublisher } from './publisher.ts';

export interface MqttClientBusConfig {
  /** `mqtt://[user:password@]host[:port]`, also `mqtts:`, `ws:`, `wss:`. */
  url: string;
  /** Names the persistent session; at our own broker it begins with `platformClientIdPrefix`. */
  clientId: string;
  username?: string;
  password?: string;
}

export interface MqttClientBusDeps {
  /** Epoch ms UTC. */
  clock: () => number;
  log: Logger;
}

/** Time for the first connection and its subscriptions; then `start` fails. */
const startTimeoutMs = 10_000;
/** Time to the next connection after one was lost, or was given up because a message was not kept. */
const reconnectMs = 1_000;

/** What ingest hears. Live topics have five levels too, but not these last ones. */
const subscriptions = {
  [`${topicPrefix}+/+/readings`]: { qos: 1 },
  [`${topicPrefix}+/+/status`]: { qos: 1 },
  [`${topicPrefix}+/+/commands/ack`]: { qos: 1 },
} as const;

/**
 * Takes messages from any MQTT 3.1.1 broker, under the same promise as the built-in one: a message is
 * acknowledged to the broker when it has settled. The session is persistent, so that what is not
 * acknowledged comes again. Many messages are in flight at once, see {@link createInbox}.
 */
export function createMqttClientBus(config: MqttClientBusConfig, deps: MqttClientBusDeps): Bus {
  let client: MqttClient | undefined;
  let inbox: Inbox | undefined;

  return {
    async start(accept) {
      const opened = await open(config, deps, accept);
      client = opened.client;
      inbox = opened.inbox;
    },

    publish: createPublisher(() => client),

    async stop() {
      await inbox?.close();
      await client?.endAsync();
    },
  };
}

async function open(
  config: MqttClientBusConfig,
  deps: MqttClientBusDeps,
  accept: Accept,
): Promise<{ client: MqttClient; inbox: Inbox }> {
  const { url, clientId, username, password } = config;
  const broker = withoutPassword(url);
  const client = connect(url, {
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    protocolVersion: 4,
    clean: false,
    queueQoSZero: false,
    connectTimeout: startTimeoutMs,
    reconnectPeriod: reconnectMs,
  });
  const inbox = createInbox(client, {
    accept,
    clock: deps.clock,
    onNotKept: (err) => deps.log.warn({ err, broker }, 'a message was not kept: it comes again'),
  });
  try {
    await firstConnection(client);
    const granted = await client.subscribeAsync(subscriptions);
    if (granted.some(({ qos }) => qos > 2)) throw new Error('it does not let us subscribe');
  } catch (cause) {
    await client.endAsync(true);
    const why = cause instanceof Error && cause.message ? cause.message : 'no connection';
    throw new BusUnavailable(`the MQTT broker ${broker} cannot be used: ${why}`, { cause });
  }
  client.on('error', (err) => deps.log.warn({ err, broker }, 'broker connection'));
  client.on('close', () => deps.log.warn({ broker }, 'broker connection lost'));
  client.on('connect', () => deps.log.info({ broker }, 'broker connection is back'));
  return { client, inbox };
}

function firstConnection(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), startTimeoutMs);
    client.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    client.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** A broker's URL as logs and errors may show it. */
function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.toString();
}
