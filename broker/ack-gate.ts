import type { Accept, InboundMessage } from './bus/bus.ts';
import { NotKept } from './bus/bus.ts';
import type { Connection } from './connections.ts';
import type { BrokerLimits } from './limits.ts';

/** The publish was not handed on because too many already wait. */
export class Overloaded extends Error {
  readonly code = 'overloaded';
}

/**
 * Where an acknowledgement waits: hands a publish on and calls back, exactly once, when it has
 * settled. It also bounds what waits. A client that has too much waiting is not read any more (so TCP
 * slows it down) until less waits: Aedes' own `pause()` would never wake up again when callbacks return
 * while it is paused.
 */
export interface AckGate {
  submit(connection: Connection, message: InboundMessage, done: (error?: Error) => void): void;
  /** Whether more may be read from this connection now; if not, it is woken later. */
  mayRead(connection: Connection): boolean;
  readonly pendingCount: number;
  /** From now on nothing more is read. Resolves when nothing waits any more, or after `waitMs`. */
  drain(waitMs: number): Promise<void>;
}

export function createAckGate(limits: BrokerLimits, accept: Accept): AckGate {
  const total = { count: 0, bytes: 0 };
  const held = new Set<Connection>();
  let isHoldingAll = false;
  let draining: (() => void) | undefined;

  const isTotalFull = (factor: number) =>
    total.count >= factor * limits.pendingMax || total.bytes >= factor * limits.pendingBytesMax;
  const isFull = (connection: Connection, factor: number) =>
    isTotalFull(factor) ||
    connection.pendingCount >= factor * limits.pendingPerClientMax ||
    connection.pendingBytes >= factor * limits.pendingPerClientBytesMax;

  function shift(connection: Connection, count: number, bytes: number): void {
    total.count += count;
    total.bytes += bytes;
    connection.pendingCount += count;
    connection.pendingBytes += bytes;
  }

  /** Half of a bound is where reading goes on, so that it does not stop and go with every message. */
  function wake(connection: Connection): void {
    if (!connection.held || (connection.open && isFull(connection, 0.5))) return;
    connection.held = false;
    held.delete(connection);
    // Not in the settler's own call: reading hands on new messages, and it may be in the middle of a list.
    setImmediate(() => connection.open && connection.client._nextBatch());
  }

  function settled(connection: Connection): void {
    if (draining) {
      if (total.count === 0) draining();
      return;
    }
    wake(connection);
    if (!isHoldingAll || isTotalFull(0.5)) return;
    isHoldingAll = false;
    for (const other of held) wake(other);
  }

  return {
    get pendingCount() {
      return total.count;
    },
    submit(connection, message, done) {
      if (draining || isFull(connection, limits.pendingOvershoot)) {
        done(new Overloaded('too many publishes wait for their acknowledgement'));
        return;
      }
      const bytes = message.payload.length + message.topic.length;
      shift(connection, 1, bytes);
      let isSettled = false;
      const settle = (error?: Error) => {
        if (isSettled) return;
        isSettled = true;
        shift(connection, -1, -bytes);
        done(error);
        settled(connection);
      };
      try {
        accept(message, settle);
      } catch (cause) {
        settle(new NotKept('the message could not be handed on', { cause }));
      }
    },
    mayRead(connection) {
      if (!draining && !isFull(connection, 1)) return true;
      connection.held = true;
      held.add(connection);
      if (isTotalFull(1)) isHoldingAll = true;
      return false;
    },
    drain(waitMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        draining = () => {
          clearTimeout(timer);
          resolve();
        };
        if (total.count === 0) draining();
      });
    },
  };
}
