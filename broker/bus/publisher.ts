import type { MqttClient } from 'mqtt';
import type { Bus } from './bus.ts';

/** The broker cannot be reached at start, refused us, or does not let us subscribe: one clear sentence. */
export class BusUnavailable extends Error {
  readonly code = 'bus-unavailable';
}

/** Own publishes under way: beyond, QoS 0 is dropped and QoS 1 refused. */
const outboundMax = 1_000;

/** Publishes over a client of ours while it is connected. */
export function createPublisher(clientNow: () => MqttClient | undefined): Bus['publish'] {
  let outbound = 0;
  return async ({ topic, payload, qos, retain = false }) => {
    const client = clientNow();
    const isFull = outbound >= outboundMax;
    if (!client?.connected || isFull) {
      if (qos === 0) return;
      throw new BusUnavailable(isFull ? 'too many publishes under way' : 'no broker connection');
    }
    outbound += 1;
    try {
      const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
      await client.publishAsync(topic, bytes, { qos, retain });
    } finally {
      outbound -= 1;
    }
  };
}
