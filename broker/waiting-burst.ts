import type { AckGate, Waiting } from './ack-gate.ts';
import type { BurstCutter } from './burst-cutter.ts';
import type { Settlement } from './bus/burst.ts';
import type { Connection } from './connections.ts';
import { attemptOf } from './hooks.ts';
import type { Keeper } from './keeper.ts';
import type { Refusals } from './refusals.ts';

export interface WaitingBurstDeps {
  gate: AckGate;
  keeper: Keeper;
  refusals: Refusals;
}

/** A burst on its way to its settlement, and the acknowledgement that it gets then. */
export class WaitingBurst implements Waiting, Settlement {
  readonly connection: Connection;
  readonly qos: 0 | 1;
  readonly count: number;
  readonly bytes: number;
  readonly #topics: readonly string[];
  readonly #acks: Buffer;
  readonly #deps: WaitingBurstDeps;
  #isSettled = false;

  /** Takes from the cutter what has to be known of its burst later. */
  constructor(deps: WaitingBurstDeps, connection: Connection, cut: BurstCutter) {
    this.#deps = deps;
    this.connection = connection;
    this.qos = cut.qos;
    this.count = cut.count;
    this.bytes = cut.size;
    this.#topics = cut.ownTopics();
    this.#acks = cut.acks();
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  /** Ingest has them, or not. */
  settle(error?: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { gate, keeper } = this.#deps;
    if (error || keeper.isFree(this.connection)) gate.end(this, error);
    else this.#settleInTurn();
  }

  #settleInTurn(): void {
    const { gate, keeper } = this.#deps;
    keeper.inTurn(this.connection, (failure) => gate.end(this, failure));
  }

  tell(error?: Error): void {
    if (error) this.#refuse(error);
    else if (this.qos > 0) this.#acknowledge();
  }

  #refuse(error: Error): void {
    const { connection } = this;
    for (const topic of this.#topics) {
      const attempt = attemptOf(connection, { topic });
      this.#deps.refusals.count('overloaded', connection.accountKey, attempt);
    }
    // QoS 0 promises nothing and is dropped; else the missing ack makes the client send again [MQTT-4.4.0-1].
    if (this.qos > 0) connection.client._nextBatch(error);
  }

  #acknowledge(): void {
    const { client } = this.connection;
    const { conn } = client;
    if (!client.connected || conn.destroyed) return;
    // What settles together is written together, in its order among the packets that Aedes writes. The last one that
    // waits has nothing to wait for: a device that sends one message at a time has no other.
    if (this.connection.pendingCount > 0) {
      conn.cork();
      process.nextTick(uncork, conn);
    }
    if (!conn.write(this.#acks)) client.waitForDrain(drained);
  }
}

/** Who does not take its acknowledgements in time is closed; there is nothing to do beside. */
function drained(): void {}

function uncork(stream: { uncork(): void }): void {
  stream.uncork();
}
