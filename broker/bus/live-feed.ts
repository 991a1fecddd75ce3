import { connectAsync, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { type LiveFeed, LiveReadings } from '../contract/live.ts';
import { topicPrefix } from '../contract/topics.ts';
import { BusUnavailable } from './mqtt-client.ts';

/** A live feed for a dashboard that runs apart from ingest: it hears the live topics of the broker. */
export interface MqttLiveFeed extends LiveFeed {
  /** @throws BusUnavailable with one clear sentence */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const startTimeoutMs = 10_000;

/** @param url `mqtt://admin:<admin token>@host:port`: an account that may read every device. */
export function createMqttLiveFeed(config: { url: string }, deps: { log: Logger }): MqttLiveFeed {
  const listeners = new Set<(batch: readonly LiveReadings[]) => void>();
  let end = async (): Promise<void> => {};

  function hear(payload: Buffer): void {
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
    async start() {
      const client = await listen(config.url).catch((cause: Error) => {
        const { host } = new URL(config.url);
        throw new BusUnavailable(`the MQTT broker ${host} cannot be heard: ${cause.message}`, {
          cause,
        });
      });
      client.on('message', (_topic, payload) => hear(payload));
      client.on('error', (err) => deps.log.warn({ err }, 'live feed'));
      end = () => client.endAsync();
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
  const granted = await client.subscribeAsync(`${topicPrefix}live/#`, { qos: 0 });
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
