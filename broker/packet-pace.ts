import type { Connection } from './connections.ts';
import type { BrokerLimits } from './limits.ts';

/** How often unfinished packets are looked at. Time is counted in these: a clock may be set back. */
const tickMs = 250;

interface Unfinished {
  packet: object;
  /** Time for which the sender could have sent more. */
  elapsedMs: number;
}

/** Watches that a packet that has begun also ends. */
export interface PacketPace {
  /** The connection's parser was fed. */
  fed(connection: Connection): void;
}

/**
 * Cuts off who begins a packet and does not finish it in time: keepalive does not see that where the
 * client has asked for none. The time for the first packet, CONNECT, is Aedes' own and absolute.
 */
export function createPacketPace(
  limits: BrokerLimits,
  onTooSlow: (connection: Connection) => void,
): PacketPace {
  const unfinished = new Map<Connection, Unfinished>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    for (const [connection, since] of unfinished) {
      if (!connection.open) {
        unfinished.delete(connection);
        continue;
      }
      // More has come and is not read yet: that is the broker's doing.
      if (connection.held || connection.client.conn.readableLength > 0) continue;
      since.elapsedMs += tickMs;
      const announced = Math.max(0, connection.client._parser.packet.length);
      const allowedMs = limits.packetTimeoutMs + (announced / limits.packetBytesPerSMin) * 1_000;
      if (since.elapsedMs < allowedMs) continue;
      unfinished.delete(connection);
      onTooSlow(connection);
    }
    if (unfinished.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    fed(connection) {
      const { packet } = connection.client._parser;
      if (packet.cmd === null) {
        if (unfinished.size > 0) unfinished.delete(connection);
      } else if (unfinished.get(connection)?.packet !== packet) {
        unfinished.set(connection, { packet, elapsedMs: 0 });
        timer ??= setInterval(tick, tickMs).unref();
      }
    },
  };
}
