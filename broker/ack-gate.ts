import type { Accept, InboundMessage } from './bus/bus.ts';
import { NotKept } from './bus/bus.ts';
import type { Connection } from './connections.ts';
import type { FairReading } from './fair-reading.ts';
import { createHoldBack, type HoldBack } from './hold-back.ts';

/** The publish was not handed on because too many already wait. */
export class Overloaded extends Error {
  readonly code = 'overloaded';
}

/**
 * Where an acknowledgement waits: hands a publish on and calls back, exactly once, when it has settled.
 * What waits is bounded by {@link FairReading}, which leaves sockets unread.
 */
export interface AckGate {
  /** @param takes how the message is handed on, where not in the usual way */
  submit(
    connection: Connection,
    message: InboundMessage,
    done: (error?: Error) => void,
    takes?: Accept,
  ): void;
  /** From now on nothing more is read. Resolves when nothing waits any more, or after `waitMs`. */
  drain(waitMs: number): Promise<void>;
}

export function createAckGate(
  reading: FairReading,
  accept: Accept,
  holdBack: HoldBack = createHoldBack(),
): AckGate {
  let draining: (() => void) | undefined;

  return {
    submit(connection, message, done, takes = accept) {
      if (draining || reading.isOverfull(connection)) {
        done(new Overloaded('too many publishes wait for their acknowledgement'));
        return;
      }
      const bytes = message.payload.length + message.topic.length;
      reading.take(connection, message.topic, bytes);
      let isSettled = false;
      const settle = (error?: Error) => {
        if (isSettled) return;
        isSettled = true;
        const tell = (told = error) => {
          reading.release(connection, bytes);
          done(told);
          if (reading.pendingCount === 0) draining?.();
        };
        if (!error) holdBack.kept();
        if (message.qos === 0) tell();
        // Behind a message without an acknowledgement no later one may have one [MQTT-4.6.0-2].
        else if (holdBack.joins(connection, () => tell(error ?? new NotKept('held back')))) return;
        else if (error instanceof NotKept) holdBack.begin(connection, tell);
        else tell();
      };
      try {
        takes(message, settle);
      } catch (cause) {
        settle(new NotKept('the message could not be handed on', { cause }));
      }
    },
    drain(waitMs) {
      reading.stop();
      holdBack.release();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        draining = () => {
          clearTimeout(timer);
          resolve();
        };
        if (reading.pendingCount === 0) draining();
      });
    },
  };
}
