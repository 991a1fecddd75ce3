import type { Accept, InboundMessage } from './bus/bus.ts';
import { NotKept } from './bus/bus.ts';
import type { Connection } from './connections.ts';
import type { FairReading } from './fair-reading.ts';
import { createHoldBack, type HoldBack } from './hold-back.ts';

/** The publish was not handed on because too many already wait. */
export class Overloaded extends Error {
  readonly code = 'overloaded';
}

/** A publish, or several that are kept together, on the way to their settlement. */
export interface Waiting {
  readonly connection: Connection;
  readonly qos: 0 | 1 | 2;
  /** How many they are, and their topics and payloads. */
  readonly count: number;
  readonly bytes: number;
  /** Called once, when the client may be told. */
  tell(error?: Error): void;
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
  /** Whether so much could be handed on at once; {@link submit} says of one message why not. */
  hasRoom(connection: Connection, count: number, bytes: number): boolean;
  /** The other way to hand on: from now on publishes wait, for which there is room. */
  begin(waiting: Waiting, topics: readonly string[]): void;
  /** They have settled. To be called once. */
  end(waiting: Waiting, error: Error | undefined): void;
  /** From now on nothing more is read. Resolves when nothing waits any more, or after `waitMs`. */
  drain(waitMs: number): Promise<void>;
}

export function createAckGate(
  reading: FairReading,
  accept: Accept,
  holdBack: HoldBack = createHoldBack(),
): AckGate {
  return new Gate(reading, accept, holdBack);
}

class Gate implements AckGate {
  readonly #reading: FairReading;
  readonly #accept: Accept;
  readonly #holdBack: HoldBack;
  #drained: (() => void) | undefined;

  constructor(reading: FairReading, accept: Accept, holdBack: HoldBack) {
    this.#reading = reading;
    this.#accept = accept;
    this.#holdBack = holdBack;
  }

  submit(
    connection: Connection,
    message: InboundMessage,
    done: (error?: Error) => void,
    takes: Accept = this.#accept,
  ): void {
    if (this.#drained || this.#reading.isOverfull(connection)) {
      done(new Overloaded('too many publishes wait for their acknowledgement'));
      return;
    }
    const waiting = new Submitted(this, { connection, message, done });
    this.#reading.take(connection, message.topic, waiting.bytes);
    try {
      takes(message, (error) => waiting.settle(error));
    } catch (cause) {
      waiting.settle(new NotKept('the message could not be handed on', { cause }));
    }
  }

  hasRoom(connection: Connection, count: number, bytes: number): boolean {
    return !this.#drained && !this.#reading.isOverfull(connection, { count, bytes });
  }

  begin({ connection, bytes }: Waiting, topics: readonly string[]): void {
    this.#reading.takeAll(connection, topics, bytes);
  }

  end(waiting: Waiting, error: Error | undefined): void {
    const { connection, qos } = waiting;
    if (!error) this.#holdBack.kept();
    // No function is made but where it is needed: this is called for each publish that comes alone.
    if (qos > 0 && (connection.refused || error instanceof NotKept)) this.#holdUp(waiting, error);
    else this.#tell(waiting, error);
  }

  #holdUp(waiting: Waiting, error: Error | undefined): void {
    const { connection } = waiting;
    // Who is held back is refused too. Behind a message without an acknowledgement no later one may have one [MQTT-4.6.0-2].
    if (connection.refused) {
      const behind = () => this.#tell(waiting, error ?? new NotKept('held back'));
      if (this.#holdBack.joins(connection, behind)) return;
    }
    if (error instanceof NotKept)
      this.#holdBack.begin(connection, () => this.#tell(waiting, error));
    else this.#tell(waiting, error);
  }

  drain(waitMs: number): Promise<void> {
    this.#reading.stop();
    this.#holdBack.release();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#reading.pendingCount === 0) this.#drained();
    });
  }

  #tell(waiting: Waiting, error: Error | undefined): void {
    this.#reading.release(waiting.connection, waiting.bytes, waiting.count);
    tellSettled(waiting.connection);
    waiting.tell(error);
    if (this.#reading.pendingCount === 0) this.#drained?.();
  }
}

/** One publish of the general way. */
class Submitted implements Waiting {
  readonly connection: Connection;
  readonly qos: 0 | 1 | 2;
  readonly count = 1;
  readonly bytes: number;
  readonly tell: (error?: Error) => void;
  readonly #gate: Pick<AckGate, 'end'>;
  #isSettled = false;

  constructor(
    gate: Pick<AckGate, 'end'>,
    {
      connection,
      message,
      done,
    }: { connection: Connection; message: InboundMessage; done: (error?: Error) => void },
  ) {
    this.#gate = gate;
    this.connection = connection;
    this.qos = message.qos;
    this.bytes = message.payload.length + message.topic.length;
    this.tell = done;
  }

  settle(error: Error | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#gate.end(this, error);
  }
}

function tellSettled(connection: Connection): void {
  if (connection.pendingCount > 0 || !connection.onSettled) return;
  const { onSettled } = connection;
  connection.onSettled = undefined;
  onSettled();
}
