import type { PublishPacket } from 'aedes';
import { type Accept, NotKept, type Settle } from './bus/bus.ts';
import type { Connection } from './connections.ts';
import type { BrokerPersistence } from './persistence/persistence.ts';

/** Sees to it that a publish is on disk, wherever it has to be, before it is acknowledged. */
export interface Keeper {
  /**
   * How one publish is handed on: to ingest (or the relay in its place) where it is for ingest, and then
   * into the broker's own state where it is retained or for a persistent session.
   */
  handOn(connection: Connection, packet: PublishPacket, isForIngest: boolean): Accept;
  /** Whether publishes of the connection that only ingest has to keep may settle at once; else {@link inTurn}. */
  isFree(connection: Connection): boolean;
  /** Settles publishes that only ingest has to keep, in their turn: behind those that wait for the state. */
  inTurn(connection: Connection, settle: Settle): void;
}

export function createKeeper(persistence: BrokerPersistence, accept: Accept): Keeper {
  /** Publishes of each connection that wait for the state; the later ones wait behind them [MQTT-4.6.0-2]. */
  const waiting = new WeakMap<Connection, number>();
  /** Of all connections: mostly none, and then nothing has to be looked up. */
  let waitingCount = 0;

  function keep(connection: Connection, packet: PublishPacket, settle: Settle): void {
    const kept = persistence.keep(connection.client.id, packet);
    if (kept === 'full') {
      settle(new NotKept('too many QoS 2 messages of the client wait for PUBREL'));
      return;
    }
    if (kept === 'nothing') inTurn(connection, settle);
    else waitForState(connection, settle);
  }

  function isFree(connection: Connection): boolean {
    return waitingCount === 0 || (waiting.get(connection) ?? 0) === 0;
  }

  function inTurn(connection: Connection, settle: Settle): void {
    if (isFree(connection)) settle();
    else waitForState(connection, settle);
  }

  function waitForState(connection: Connection, settle: Settle): void {
    waiting.set(connection, (waiting.get(connection) ?? 0) + 1);
    waitingCount += 1;
    persistence.whenDurable((cause) => {
      waitingCount -= 1;
      waiting.set(connection, (waiting.get(connection) ?? 1) - 1);
      settle(cause && new NotKept('the state could not be written', { cause }));
    });
  }

  return {
    isFree,
    inTurn,
    handOn: (connection, packet, isForIngest) => (message, settle) => {
      if (!isForIngest) keep(connection, packet, settle);
      else
        accept(message, (error) => {
          if (error) settle(error);
          else keep(connection, packet, settle);
        });
    },
  };
}
