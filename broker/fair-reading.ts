import { readOn } from './aedes-internals.ts';
import type { Connection } from './connections.ts';
import type { BrokerLimits } from './limits.ts';
import type { RateLimits } from './rate-limit.ts';

/** Why a connection is not read: it has too much waiting itself, its provider, all together; or a rate. */
export const throttleScopes = [
  'client',
  'provider',
  'total',
  'device-rate',
  'provider-rate',
] as const;
export type ThrottleScope = (typeof throttleScopes)[number];

/** What waits for its settlement, and whose socket is read meanwhile. */
export interface FairReading {
  readonly pendingCount: number;
  /** Connections that are not read now. */
  readonly heldCount: number;
  /** One more message of this connection waits. */
  take(connection: Connection, topic: string, bytes: number): void;
  /** More messages wait together, one on each of the topics; `bytes` of all of them. */
  takeAll(connection: Connection, topics: readonly string[], bytes: number): void;
  /** They have settled. */
  release(connection: Connection, bytes: number, count: number): void;
  /** So much more than allowed that nothing can be taken; with `more`, once that were taken too. */
  isOverfull(connection: Connection, more?: { count: number; bytes: number }): boolean;
  /** Whether more may be read from this connection now; if not, it is woken later. */
  mayRead(connection: Connection): boolean;
  /** From now on nobody is read. */
  stop(): void;
}

/**
 * Messages that connections woken in one turn of the event loop may bring, so that others get a turn: among
 * them are new connections, of which one turn accepts one.
 */
const wokenPerTurnMax = 250;
/** How often connections that wait for a rate are looked at, and unread ones are kept alive. */
const tickMs = 250;

/**
 * Shares out what may wait for the journal. Nobody is refused for being fast: a connection with more than
 * its share waiting is left unread, so that TCP slows the sender down, and connections take turns. A device
 * with little waiting is read however many others flood.
 */
export function createFairReading(
  limits: BrokerLimits,
  deps: { rates: RateLimits | undefined; onThrottled: (scope: ThrottleScope) => void },
): FairReading {
  const { rates } = deps;
  const tally = createTally(limits);
  /** In the order in which they are woken. */
  const held = new Set<Connection>();
  let isStopped = false;
  let isWaking = false;
  let timer: NodeJS.Timeout | undefined;

  /** Half of a bound is where reading goes on, so that it does not stop and go with every message. */
  const mayWake = (connection: Connection) =>
    !connection.open ||
    (tally.fullScope(connection, 0.5) === undefined && rates?.exceededBy(connection) === undefined);

  function wakeSoon(): void {
    if (isWaking || isStopped || held.size === 0) return;
    isWaking = true;
    // Not in the settler's own call: reading hands on new messages, and it may be in the middle of a list.
    setImmediate(wake);
  }

  function wake(): void {
    isWaking = false;
    const takenMax = tally.total.count + wokenPerTurnMax;
    for (const connection of [...held]) {
      if (isStopped) return;
      if (tally.total.count > takenMax) {
        wakeSoon();
        return;
      }
      if (!mayWake(connection)) continue;
      held.delete(connection);
      connection.held = false;
      if (connection.open) readOn(connection);
    }
  }

  function tick(): void {
    // Aedes counts the time since it last read a packet; that it did not is not the device's fault.
    for (const { client } of held) client._keepaliveTimer?.refresh();
    wakeSoon();
    if (held.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function hold(connection: Connection, scope: ThrottleScope): void {
    if (!connection.held) deps.onThrottled(scope);
    connection.held = true;
    held.add(connection);
    timer ??= setInterval(tick, tickMs).unref();
  }

  return {
    get pendingCount() {
      return tally.total.count;
    },
    get heldCount() {
      return held.size;
    },
    take(connection, topic, bytes) {
      tally.shift(connection, 1, bytes);
      rates?.charge(connection, topic);
    },
    takeAll(connection, topics, bytes) {
      tally.shift(connection, topics.length, bytes);
      if (rates) for (const topic of topics) rates.charge(connection, topic);
    },
    release(connection, bytes, count) {
      tally.shift(connection, -count, -bytes);
      wakeSoon();
    },
    isOverfull: tally.isOverfull,
    mayRead(connection) {
      if (isStopped) return false;
      const scope = tally.fullScope(connection, 1) ?? rates?.exceededBy(connection);
      if (scope) hold(connection, scope);
      return scope === undefined;
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

const nothing = { count: 0, bytes: 0 };

/** What waits in all, per provider and per connection, and which bound that reaches. */
function createTally(limits: BrokerLimits) {
  const total = { count: 0, bytes: 0 };
  const isTotalFull = (factor: number) =>
    total.count >= factor * limits.pendingMax || total.bytes >= factor * limits.pendingBytesMax;

  return {
    total,
    shift(connection: Connection, count: number, bytes: number): void {
      const { share } = connection;
      connection.pendingCount += count;
      connection.pendingBytes += bytes;
      share.pendingCount += count;
      share.pendingBytes += bytes;
      total.count += count;
      total.bytes += bytes;
    },
    /** Whose bound is reached, when all are taken times `factor`. */
    fullScope(connection: Connection, factor: number): ThrottleScope | undefined {
      if (isTotalFull(factor)) return 'total';
      const { pendingCount: count, pendingBytes: bytes, share } = connection;
      const { pendingFloor: floor, pendingFloorBytes: floorBytes } = limits;
      const countMax = Math.max(floor, (limits.pendingMax - total.count) / 4);
      const bytesMax = Math.max(floorBytes, (limits.pendingBytesMax - total.bytes) / 4);
      if (count >= factor * Math.min(limits.pendingPerClientMax, countMax)) return 'client';
      if (bytes >= factor * Math.min(limits.pendingPerClientBytesMax, bytesMax)) return 'client';
      if (count < factor * floor && bytes < factor * floorBytes) return undefined;
      const isShareFull =
        share.pendingCount >= factor * limits.pendingPerProviderMax ||
        share.pendingBytes >= factor * limits.pendingPerProviderBytesMax;
      return isShareFull ? 'provider' : undefined;
    },
    isOverfull(connection: Connection, more = nothing): boolean {
      const factor = limits.pendingOvershoot;
      const { pendingCount, pendingBytes } = connection;
      return (
        total.count + more.count >= factor * limits.pendingMax ||
        total.bytes + more.bytes >= factor * limits.pendingBytesMax ||
        pendingCount + more.count >= factor * limits.pendingPerClientMax ||
        pendingBytes + more.bytes >= factor * limits.pendingPerClientBytesMax
      );
    },
  };
}
