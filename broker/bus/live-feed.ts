import { connectAsync, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { type LiveCommandAck, type LiveFeed, LiveReadings } from '../contract/live.ts';
import { parseTopic, topicPrefix } from '../contract/topics.ts';
import type { Bus } from './bus.ts';
import { BusUnavailable, createPublisher } from './publisher.ts';

/** A live feed for a dashboard that runs apart from ingest: it hears the broker's live topics and command acks. */
export interface MqttLiveFeed extends LiveFeed {
  /** @throws BusUnavailable with one clear sentence */
  start(): Promise<void>;
  /** The other way, to devices. @throws BusUnavailable */
  publish: Bus['publish'];
  stop(): Promise<void>;
}

const startTimeoutMs = 10_000;

/** @param url `mqtt://admin:<admin token>@host:port`: an account that may read every device. */
export function createMqttLiveFeed(
  config: { url: string },
  deps: { log: Logger; clock: () => number },
): MqttLiveFeed {
  const listeners = new Set<(batch: readonly LiveReadings[]) => void>();
  const ackListeners = new Set<(ack: LiveCommandAck) => void>();
  let client: MqttClient | undefined;
  const publish = createPublisher(() => client);
  let end = async (): Promise<void> => {};

  function hear(topic: string, payload: Buffer): void {
    const parsed = parseTopic(topic);
    if (parsed?.kind === 'command-ack') {
      const ack = { ...parsed, receivedAt: deps.clock(), payload: payload.toString('utf8') };
      for (const listener of ackListeners) listener(ack);
      return;
    }
    const readings = parse(payload);
    if (!readings) {
      deps.log.warn('a live topic carried something that is no reading');
      return;
    }
    for (const listener of listeners) listener([readings]);
  }

  return {
    onReadings(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onCommandAck(listener) {
      ackListeners.add(listener);
      return () => ackListeners.delete(listener);
    },
    publish,
    async start() {
      const opened = await listen(config.url).catch((cause: Error) => {
        const { host } = new URL(config.url);
        throw new BusUnavailable(`the MQTT broker ${host} cannot be heard: ${cause.message}`, {
          cause,
        });
      });
      opened.on('message', hear);
      opened.on('error', (err) => deps.log.warn({ err }, 'live feed'));
      client = opened;
      end = () => opened.endAsync();
    },
    stop: () => end(),
  };
}

/** @throws when the broker refuses, cannot be reached in time, or does not let us subscribe */
async function listen(url: string): Promise<MqttClient> {
  const client = await connectAsync(
    url,
    { connectTimeout: startTimeoutMs, protocolVersion: 4 },
    false,
  );
  // Without a session that outlives us: an ack that is missed is asked for again, see ingest/commands.
  const granted = await client.subscribeAsync({
    [`${topicPrefix}live/#`]: { qos: 0 },
    [`${topicPrefix}+/+/commands/ack`]: { qos: 1 },
  });
  if (granted.some(({ qos }) => qos > 2)) throw new Error('it does not let us subscribe');
  return client;
}

function parse(payload: Buffer): LiveReadings | undefined {
  try {
    return LiveReadings.safeParse(JSON.parse(payload.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
