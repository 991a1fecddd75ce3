import mqtt, { type MqttClient } from 'mqtt';
import type { Series } from '../../broker/contract/api.ts';
import type { Platform } from './platform.ts';

/** Publishes readings, one per message, each with a key of its own, and remembers which were acknowledged. */
export interface Flood {
  /** Event times (the keys) that were acknowledged, per device. */
  acked: Map<string, number[]>;
  ackedCount(): number;
  /** Stops publishing and closes the connections; resolves when they are closed. */
  stop(): Promise<void>;
}

export interface FloodOptions {
  provider: string;
  token: string;
  devices: number;
  /** Messages under way per device. */
  window: number;
  startAt: number;
}

/** A connection per device; reconnects by itself and re-sends what was not acknowledged. */
export async function startFlood(platform: Platform, options: FloodOptions): Promise<Flood> {
  const acked = new Map<string, number[]>();
  let stopped = false;
  const clients: MqttClient[] = [];

  function pump(client: MqttClient, device: string): void {
    const times: number[] = [];
    acked.set(device, times);
    let nextAt = options.startAt;
    const one = (): void => {
      if (stopped) return;
      const at = nextAt++;
      const payload = JSON.stringify({ at, pm10: (at % 1000) / 10 });
      client.publish(
        `city/v1/${options.provider}/${device}/readings`,
        payload,
        { qos: 1 },
        (error) => {
          if (!error) times.push(at);
          one();
        },
      );
    };
    for (let index = 0; index < options.window; index++) one();
  }

  for (let index = 0; index < options.devices; index++) {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
      username: options.provider,
      password: options.token,
      clientId: `flood-${index}`,
      clean: false,
      reconnectPeriod: 200,
      protocolVersion: 4,
    });
    client.on('error', () => {});
    clients.push(client);
    pump(client, `flood-${index}`);
  }

  return {
    acked,
    ackedCount: () => [...acked.values()].reduce((sum, times) => sum + times.length, 0),
    async stop() {
      stopped = true;
      await Promise.all(clients.map((client) => client.endAsync(true)));
    },
  };
}

/** Event times of a device that are in the store, in order. */
export async function storedTimes(
  platform: Platform,
  device: string,
  fromAt: number,
): Promise<number[]> {
  const query = `device=${device}&metric=pm10&resolution=raw&from=${fromAt}&to=${fromAt + 3_600_000}`;
  return (await platform.json<Series>(`/api/v1/series?${query}`)).columns.at;
}
