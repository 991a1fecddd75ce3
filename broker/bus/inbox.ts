import type { IPublishPacket, MqttClient } from 'mqtt';
import { type Accept, NotKept } from './bus.ts';

/** What the broker sent and is waiting for, on the client's side. */
export interface Inbox {
  /** Takes nothing more; resolves when what is under way has settled and is acknowledged, or after a while. */
  close(): Promise<void>;
}

/**
 * Messages that may wait for their settlement, and their bytes. Beyond, the connection is not read, so
 * that the broker keeps them in its queue.
 */
const inFlightMax = 10_000;
const inFlightBytesMax = 32 * 1024 * 1024;
/** Time that `close` waits for messages under way. Those that are late come again with the next connection. */
const closeWaitMs = 5_000;

/**
 * Puts ourselves between mqtt.js and its acknowledgements. mqtt.js handles one packet after another, and
 * a QoS 1 message holds up the next one until it is acknowledged: with a commit of 2 ms that would be
 * 500 messages a second. So a QoS 1 packet is shown to it as QoS 0, which it hands on at once, and its
 * PUBACK is written here, when the message has settled. Acknowledgements go out in the order of arrival
 * because settling does [MQTT-4.6.0-2].
 */
export function createInbox(
  client: MqttClient,
  deps: { accept: Accept; clock: () => number; onNotKept: (error: Error) => void },
): Inbox {
  const unacknowledged = new WeakMap<object, number>();
  const acks = createAckWriter(client);
  const inFlight = { count: 0, bytes: 0 };
  let isClosed = false;
  let idle = () => {};
  let readOn: (() => void) | undefined;

  const isFull = (factor: number) =>
    inFlight.count >= factor * inFlightMax || inFlight.bytes >= factor * inFlightBytesMax;

  function settled(bytes: number): void {
    inFlight.count -= 1;
    inFlight.bytes -= bytes;
    if (inFlight.count === 0) idle();
    if (readOn && !isFull(0.5)) {
      const goOn = readOn;
      readOn = undefined;
      goOn();
    }
  }

  /** `acknowledge` is called when the message is kept. */
  function take(packet: IPublishPacket, acknowledge: () => void): void {
    const { stream } = client;
    const message = toMessage(packet, deps.clock(), unacknowledged.has(packet) ? 1 : packet.qos);
    const bytes = message.payload.length + message.topic.length;
    inFlight.count += 1;
    inFlight.bytes += bytes;
    let isSettled = false;
    const settle = (error?: Error) => {
      if (isSettled) return;
      isSettled = true;
      const isSameConnection = client.stream === stream;
      if (!error) {
        if (isSameConnection) acknowledge();
      } else if (message.qos > 0 && isSameConnection && !stream.destroyed) {
        // Without this message's ack no later one may go out either. The broker sends all of them again.
        stream.destroy();
        deps.onNotKept(error);
      }
      settled(bytes);
    };
    try {
      deps.accept(message, settle);
    } catch (cause) {
      settle(new NotKept('ingest failed to take the message', { cause }));
    }
  }

  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish' || packet.qos !== 1 || packet.messageId === undefined) return;
    unacknowledged.set(packet, packet.messageId);
    packet.qos = 0;
  });

  client.handleMessage = (packet, next) => {
    // Not calling back stops mqtt.js from reading on.
    if (isClosed) return;
    const messageId = unacknowledged.get(packet);
    if (messageId === undefined && packet.qos > 0) {
      take(packet, next);
      return;
    }
    take(packet, () => messageId !== undefined && acks.write(messageId));
    if (isFull(1)) readOn = next;
    else next();
  };

  return {
    async close() {
      isClosed = true;
      if (inFlight.count > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, closeWaitMs);
          idle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      acks.flush();
    },
  };
}

/** Writes PUBACKs [MQTT-3.4], those of one turn of the event loop in one piece. */
function createAckWriter(client: MqttClient): { write(id: number): void; flush(): void } {
  let ids: number[] = [];
  let stream = client.stream;

  function flush(): void {
    const due = ids;
    ids = [];
    if (due.length === 0 || stream !== client.stream || stream.destroyed) return;
    const bytes = Buffer.alloc(due.length * 4);
    for (const [index, id] of due.entries()) {
      bytes.writeUInt16BE(0x4002, index * 4);
      bytes.writeUInt16BE(id, index * 4 + 2);
    }
    stream.write(bytes);
  }

  return {
    flush,
    write(id) {
      if (stream !== client.stream) {
        stream = client.stream;
        ids = [];
      }
      if (ids.length === 0) process.nextTick(flush);
      ids.push(id);
    },
  };
}

function toMessage({ topic, payload, retain }: IPublishPacket, receivedAt: number, qos: 0 | 1 | 2) {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return { topic, payload: bytes, qos, retain, receivedAt };
}
