import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import { type AckGate, createAckGate } from './ack-gate.ts';
import { internalsOf } from './aedes-internals.ts';
import type { AcceptBurst } from './bus/burst.ts';
import type { Accept } from './bus/bus.ts';
import { type CommandDelivery, watchCommandDelivery } from './command-delivery.ts';
import type { BrokerConfig } from './config.ts';
import { type Connection, Connections } from './connections.ts';
import { limits as outerLimits } from './contract/limits.ts';
import type { Registry } from './contract/registry.ts';
import { createDirectRead } from './direct-read.ts';
import { createFairReading } from './fair-reading.ts';
import { detachFanOut } from './fan-out.ts';
import { HalfOpen } from './half-open.ts';
import { attemptOf, createHooks, type HookDeps } from './hooks.ts';
import { createKeeper } from './keeper.ts';
import { type BrokerLimits, limitsFor } from './limits.ts';
import { createMetrics } from './metrics.ts';
import { type GuardDeps, guardPackets } from './packet-guard.ts';
import { createPacketPace } from './packet-pace.ts';
import { BrokerPersistence } from './persistence/persistence.ts';
import { createPublishLanes } from './publish-lane.ts';
import { createRateLimits } from './rate-limit.ts';
import { createRefusalTrail, type KeptTrail } from './refusal-trail.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { createRelay } from './relay.ts';

export interface BrokerDeps {
  registry: Registry;
  /** Takes readings, statuses and command acks; without it (ingest runs elsewhere) sessions queue them. */
  accept?: Accept;
  /** Takes readings that came together; goes with `accept`. */
  acceptBurst?: AcceptBurst;
  /** Epoch ms UTC. */
  clock: () => number;
  log: Logger;
  metrics: MetricsRegistry;
  /** Whether a text is the admin token; compares in constant time. */
  verifyAdmin: (token: string) => boolean;
  /** Other bounds than the usual ones. */
  limits?: Partial<BrokerLimits>;
}

/** Aedes with everything of ours around it; the listeners and the life cycle are `broker.ts`. */
export interface BrokerCore {
  readonly aedes: Aedes;
  readonly commands: CommandDelivery;
  readonly connections: Connections;
  readonly gate: AckGate;
  readonly limits: BrokerLimits;
  readonly refusals: Refusals;
  readonly trail: KeptTrail;
  /** `stopping`: nobody may sign in any more, and wills are not sent. */
  state: 'new' | 'running' | 'stopping';
  /** Takes over a connection of any transport. */
  onConnection(stream: Duplex, request?: IncomingMessage): void;
  /** Writes what is left of the state to disk. */
  closeState(): Promise<void>;
  /** Spends one of the deliveries of this turn of the event loop; false when there are none left. */
  mayDeliver(): boolean;
}

export function createCore(config: BrokerConfig, deps: BrokerDeps): BrokerCore {
  const limits = limitsFor(config.clientsMax, deps.limits);
  const trail = createRefusalTrail(deps);
  const refusals = createRefusals({ ...deps, trail });
  const connections = new Connections(strangersOf(limits, refusals));
  const persistence = createPersistence(config, deps, { limits, refusals, connections });
  const relay = createRelay(persistence, { clock: deps.clock, waitMs: limits.relayWaitMs });
  const metrics = createMetrics(deps.metrics);
  const reading = createFairReading(limits, {
    rates: createRateLimits(config.rates ?? { perDevice: 0, perProvider: 0 }, deps.clock),
    onThrottled: metrics.throttled,
  });
  metrics.watch({ reading, connections });
  const accept = deps.accept ?? relay;
  const gate = createAckGate(reading, accept);
  const pace = createPacketPace(limits, (connection) => {
    if (!connection.refused)
      refusals.count('too-slow', connection.accountKey, attemptOf(connection));
    connection.refused = true;
    connection.client.conn.destroy();
  });
  const mayDeliver = createTurnBudget(limits.deliveriesPerTurnMax);

  const hookDeps: HookDeps = {
    rules: rulesOf(config, deps),
    verifyAdmin: deps.verifyAdmin,
    connections,
    persistence,
    gate,
    keeper: createKeeper(persistence, accept),
    refusals,
    limits,
    clock: deps.clock,
    isStopping: () => core.state === 'stopping',
    received: metrics.received,
    keepFromFanOut: (packet) => keepFromFanOut(packet),
  };
  const aedes = createAedes(limits, hookDeps);
  const keepFromFanOut = detachFanOut(aedes, {
    connections,
    persistence,
    mayDeliver,
    drop: () => refusals.count('overloaded', 'fan-out'),
  });
  hearErrors(aedes, deps.log, refusals);
  const { acceptBurst } = deps;
  const guardDeps: GuardDeps = {
    limits,
    pace,
    openLane: acceptBurst && createPublishLanes({ ...hookDeps, acceptBurst }),
    readDirectly: createDirectRead(limits.readBytesMax),
    mayRead: reading.mayRead,
    refuse: (connection, reason) =>
      refusals.count(reason, connection.accountKey, attemptOf(connection)),
  };

  const core: BrokerCore = {
    aedes,
    commands: watchCommandDelivery(aedes, connections),
    connections,
    gate,
    limits,
    refusals,
    trail,
    state: 'new',
    mayDeliver,
    closeState: () => persistence.close(),
    onConnection(stream, request) {
      const client = internalsOf(aedes.handle(stream, request));
      const connection = connections.open(client);
      guardPackets(connection, guardDeps);
    },
  };
  return core;
}

function strangersOf(limits: BrokerLimits, refusals: Refusals): HalfOpen<Connection> {
  const { halfOpenMax: total, halfOpenPerAddressMax: perAddress } = limits;
  return new HalfOpen(
    { total, perAddress, patienceMs: limits.halfOpenPatienceMs },
    ({ client }) => {
      refusals.count('too-many-clients', 'unknown');
      client.conn.destroy();
    },
  );
}

function rulesOf(
  { enrolment, publicRead }: BrokerConfig,
  { registry }: BrokerDeps,
): HookDeps['rules'] {
  return { registry, enrolment, publicRead };
}

function hearErrors(aedes: Aedes, log: Logger, refusals: Refusals): void {
  // An 'error' without a listener would end the process.
  const emitter: NodeJS.EventEmitter = aedes;
  emitter.on('error', (err) => log.error({ err }, 'broker'));
  aedes.on('connectionError', (_client, error) => {
    if (error.message === 'connect did not arrive in time') refusals.count('too-slow', 'unknown');
  });
}

function createPersistence(
  { statePath }: BrokerConfig,
  { clock, log }: BrokerDeps,
  { limits, refusals, connections }: Pick<BrokerCore, 'limits' | 'refusals' | 'connections'>,
): BrokerPersistence {
  return new BrokerPersistence(limits, {
    refuse: (reason, account) => refusals.count(reason, account),
    isGranted: (client, filter) => connections.of(client)?.filters.has(filter) ?? false,
    confirmed(client, messageId) {
      // Aedes hands over the client itself.
      const sent = connections.of(client as Client)?.sentCommands;
      const message = sent?.get(messageId);
      sent?.delete(messageId);
      return message;
    },
    isConnected: (clientId) => connections.ownerOf(clientId) !== undefined,
    expired: (count) => log.info({ count }, 'sessions forgotten that did not return'),
    clock,
    statePath,
  });
}

function createAedes(limits: BrokerLimits, hookDeps: HookDeps): Aedes {
  const { connections, persistence } = hookDeps;
  const aedes = new Aedes({
    persistence,
    // No shared slots: with them, one subscriber that stops reading would stall all deliveries.
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    queueLimit: limits.packetsBeforeConnackMax,
    maxClientsIdLength: outerLimits.clientIdBytesMax,
    maxTopicLevels: outerLimits.topicLevelsMax,
    ...createHooks(hookDeps),
  });
  aedes.on('unsubscribe', (filters, client) => {
    const connection = connections.of(client);
    if (!connection) return;
    for (const filter of filters) connections.removeFilter(connection, filter);
  });
  return aedes;
}

/** True so many times in one turn of the event loop; the next turn has a new budget. */
function createTurnBudget(perTurnMax: number): () => boolean {
  let used = 0;
  const reset = () => {
    used = 0;
  };
  return () => {
    if (used === 0) setImmediate(reset);
    used += 1;
    return used <= perTurnMax;
  };
}
