import type { AedesOptions, Client, ConnectPacket, PublishPacket } from 'aedes';
import { accountKey } from './account.ts';
import { type AckGate, Overloaded } from './ack-gate.ts';
import { answerSessionPresent, forgetConnect, skipTakenIds } from './aedes-internals.ts';
import { authenticate, type SignInRules } from './authenticate.ts';
import { type AccessRules, liveDeviceOf, mayPublish, mayRead, maySubscribe } from './authorize.ts';
import type { InboundMessage } from './bus/bus.ts';
import { platformClientIdPrefix } from './bus/platform-client.ts';
import type { Connection, Connections } from './connections.ts';
import type { Account } from './contract/access.ts';
import { limits as outerLimits } from './contract/limits.ts';
import type { RefusalReason } from './contract/rejection.ts';
import { type ParsedTopic, parseTopic, type TopicKind } from './contract/topics.ts';
import type { Keeper } from './keeper.ts';
import type { BrokerLimits } from './limits.ts';
import { isRepeat } from './packet-faults.ts';
import type { BrokerPersistence } from './persistence/persistence.ts';
import type { Attempt } from './refusal-trail.ts';
import type { Refusals } from './refusals.ts';
import { addressOf, SignInAttempts } from './sign-in-attempts.ts';
import { isTopicName, unfit } from './topic-filter.ts';

export interface HookDeps {
  rules: AccessRules & Pick<SignInRules, 'registry'>;
  verifyAdmin: (token: string) => boolean;
  connections: Connections;
  persistence: BrokerPersistence;
  gate: AckGate;
  keeper: Keeper;
  refusals: Refusals;
  limits: BrokerLimits;
  clock: () => number;
  isStopping: () => boolean;
  received: (qos: 0 | 1 | 2) => void;
  /** This publish of a client ends here: Aedes will ask to fan it out, and must not. */
  keepFromFanOut: (packet: object) => void;
}

type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

/** CONNACK return codes [MQTT-3.2.2.3]. */
const identifierRejected = 2;
const serverUnavailable = 3;
const badCredentials = 4;
const notAuthorized = 5;

/** A CONNECT that is answered with a return code, and why. */
interface ConnectRefusal {
  returnCode: number;
  reason: RefusalReason;
}

const unknownConnection: ConnectRefusal = {
  returnCode: serverUnavailable,
  reason: 'invalid-connect',
};

class Refused extends Error {
  readonly code = 'refused';
  readonly returnCode: number;
  constructor(reason: RefusalReason, returnCode = 0) {
    super(reason);
    this.returnCode = returnCode;
  }
}

/**
 * Aedes' hooks: who may come in, what they may say and hear. Aedes lets a throw out of a hook end the
 * process, so each one is wrapped, and refuses instead.
 */
export function createHooks(deps: HookDeps): Hooks {
  const attempts = new SignInAttempts(deps.clock);
  const { connections, refusals } = deps;
  const refuse = (connection: Connection | undefined, reason: RefusalReason, topic?: string) =>
    refusals.count(
      reason,
      connection?.accountKey ?? 'unknown',
      connection && attemptOf(connection, { topic }),
    );

  return {
    preConnect(client, packet, done) {
      const connection = connections.of(client);
      if (connection) connection.connect = packet;
      // Aedes itself answers these with CONNACK 1.
      if (packet.protocolVersion !== 3 && packet.protocolVersion !== 4)
        refuse(connection, 'unsupported-protocol');
      done(null, connection !== undefined);
    },

    authenticate(client, username, password, done) {
      const connection = connections.of(client);
      const credentials = { username, password: password?.toString() };
      const verdict = attempt<ConnectRefusal | Account>(
        () => judgeConnect({ ...deps, attempts }, connection, credentials),
        { returnCode: serverUnavailable, reason: 'overloaded' },
      );
      if (connection && !('returnCode' in verdict)) {
        enter(deps, connection, verdict);
        done(null, true);
        return;
      }
      const refusal = 'returnCode' in verdict ? verdict : unknownConnection;
      const who = connection && attemptOf(connection, { username });
      refusals.count(refusal.reason, claimedAccount(deps, username), who);
      done(new Refused(refusal.reason, refusal.returnCode), false);
    },

    authorizePublish(client, packet, done) {
      const connection = client ? connections.of(client) : undefined;
      if (!connection) {
        done(new Refused('forbidden-publish'));
        return;
      }
      const publish = { packet, parsed: parseTopic(packet.topic), done };
      const reason = attempt(() => judgePublish(deps, connection, publish), 'forbidden-publish');
      if (reason) {
        refuse(connection, reason, packet.topic);
        connection.refused = true;
        done(new Refused(reason));
        return;
      }
      handOn(deps, connection, publish);
    },

    authorizeSubscribe(client, subscription, done) {
      const connection = connections.of(client);
      if (isRepeat(subscription.topic)) {
        done(null, subscription);
        return;
      }
      const reason = attempt(
        () => judgeSubscribe(deps, connection, subscription.topic),
        'forbidden-subscribe',
      );
      if (!reason) {
        if (connection) connections.addFilter(connection, subscription.topic);
        done(null, subscription);
        return;
      }
      refuse(connection, reason, subscription.topic);
      // No error: Aedes answers the one filter with 0x80 and goes on with the others.
      done(null, null);
    },

    authorizeForward(client, packet) {
      return attempt(() => (mayForward(deps, client, packet) ? packet : null), null);
    },
  };
}

/** Who a connection is, for the trail of refusals. */
export function attemptOf(
  { client, account }: Connection,
  more: Pick<Attempt, 'username' | 'topic'> = {},
): Attempt {
  return { account, clientId: client.id, address: addressOf(client), ...more };
}

function attempt<T>(judge: () => T, otherwise: T): T {
  try {
    return judge();
  } catch {
    return otherwise;
  }
}

/** The account of a CONNECT, or how it is turned away. */
function judgeConnect(
  deps: HookDeps & { attempts: SignInAttempts },
  connection: Connection | undefined,
  credentials: { username: string | undefined; password: string | undefined },
): ConnectRefusal | Account {
  const { connections, persistence, limits } = deps;
  const connect = connection?.connect;
  if (!connection?.open || !connect) return unknownConnection;
  if (deps.isStopping() || connections.signedInCount >= limits.clientsMax)
    return { returnCode: serverUnavailable, reason: 'too-many-clients' };
  if (!isClientId(connect)) return { returnCode: identifierRejected, reason: 'invalid-connect' };
  const account = deps.attempts.limit(connection.client, credentials.username, () =>
    authenticate(credentials, { ...deps.rules, verifyAdmin: deps.verifyAdmin }),
  );
  if (account === 'too-many-attempts') return { returnCode: serverUnavailable, reason: account };
  if (!account) return { returnCode: badCredentials, reason: 'bad-credentials' };
  const { id } = connection.client;
  const owner = connections.ownerOf(id) ?? persistence.ownerOf(id) ?? accountKey(account);
  // Else anyone could end a foreign connection, or take a foreign session with its queue.
  if (owner !== accountKey(account))
    return { returnCode: identifierRejected, reason: 'invalid-connect' };
  if (connect.will && !mayLeaveWill(account, connect.will, deps))
    return { returnCode: notAuthorized, reason: 'forbidden-will' };
  return account;
}

function isClientId({ clientId, clean }: ConnectPacket): boolean {
  if (clientId === '') return clean === true; // [MQTT-3.1.3-8]
  return !unfit.test(clientId) && Buffer.byteLength(clientId) <= outerLimits.clientIdBytesMax;
}

function mayLeaveWill(
  account: Account,
  will: NonNullable<ConnectPacket['will']>,
  { rules, limits }: HookDeps,
): boolean {
  if (!isTopicName(will.topic) || will.payload.length > limits.payloadBytesMax) return false;
  return mayPublish(account, { topic: will.topic, parsed: parseTopic(will.topic) }, rules);
}

function enter(deps: HookDeps, connection: Connection, account: Account): void {
  deps.connections.signIn(connection, account);
  const { client } = connection;
  const { id } = client;
  const isNew = connection.connect?.clean !== false || deps.persistence.ownerOf(id) === undefined;
  if (!isNew) answerSessionPresent(client);
  if (!client.clean) skipTakenIds(client, (taken) => deps.persistence.isIdTaken(id, taken));
  deps.persistence.open(id, {
    owner: connection.accountKey,
    isPlatform: account.kind === 'admin' && id.startsWith(platformClientIdPrefix),
    clean: connection.connect?.clean !== false,
  });
  connection.connect = undefined;
  forgetConnect(client);
}

/** What a log may say of who tried: only a name that exists, for people type tokens into name fields. */
function claimedAccount({ rules }: HookDeps, username: string | undefined): string {
  const provider = username?.split('/')[0];
  if (provider === 'admin') return 'admin?';
  return provider && rules.registry.provider(provider) ? `provider:${provider}?` : 'unknown';
}

/** A publish that waits for its answer, and what its topic says. */
interface Publish {
  packet: PublishPacket;
  parsed: ParsedTopic | undefined;
  done: (error?: Error | null) => void;
}

/** Aedes hands wills over without a `cmd`. */
const isWill = (packet: PublishPacket): boolean => packet.cmd === undefined;

function judgePublish(
  deps: HookDeps,
  { account, refused }: Connection,
  { packet, parsed }: Publish,
): RefusalReason | undefined {
  if (!account || (refused && !isWill(packet))) return 'forbidden-publish';
  if (mayPublish(account, { topic: packet.topic, parsed }, deps.rules)) return undefined;
  return isWill(packet) ? 'forbidden-will' : 'forbidden-publish';
}

/** What goes on to ingest; all else that may be published (an admin's commands) is only fanned out. */
const kindsForIngest: ReadonlySet<TopicKind> = new Set(['readings', 'status', 'command-ack']);

function handOn(deps: HookDeps, connection: Connection, publish: Publish): void {
  const { packet, parsed, done } = publish;
  const qos = packet.qos ?? 0;
  if (!isWill(packet)) deps.received(qos);
  // The platform going down says nothing about a device: no will may mark it offline for that.
  else if (deps.isStopping()) {
    done(new Refused('forbidden-will'));
    return;
  }
  const isForIngest = parsed !== undefined && kindsForIngest.has(parsed.kind);
  if (!isForIngest && qos === 0) {
    done();
    return;
  }
  const { topic, payload } = packet;
  const { account } = connection;
  const message: InboundMessage = {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos,
    retain: packet.retain === true,
    receivedAt: deps.clock(),
  };
  if (account) message.account = account;
  deps.gate.submit(
    connection,
    message,
    (error) => answer(deps, connection, publish, error),
    deps.keeper.handOn(connection, packet, isForIngest),
  );
}

/** A publish has settled. */
function answer(
  deps: HookDeps,
  connection: Connection,
  { packet, done }: Publish,
  error: Error | undefined,
): void {
  if (!error) {
    done();
    return;
  }
  const { topic } = packet;
  deps.refusals.count('overloaded', connection.accountKey, attemptOf(connection, { topic }));
  // QoS 0 promises nothing and is dropped; else the missing ack makes the client send again [MQTT-4.4.0-1].
  if ((packet.qos ?? 0) > 0 || isWill(packet)) {
    connection.refused = error instanceof Overloaded || connection.refused;
    done(error);
    return;
  }
  deps.keepFromFanOut(packet);
  done();
}

function judgeSubscribe(
  { rules, limits }: HookDeps,
  connection: Connection | undefined,
  filter: string,
): RefusalReason | undefined {
  if (!connection?.account || !maySubscribe(connection.account, filter, rules))
    return 'forbidden-subscribe';
  const { filters } = connection;
  if (filters.has(filter) || filters.size < limits.subscriptionsPerClientMax) return undefined;
  return 'too-many-subscriptions';
}

/** Whether one message is sent to one subscriber now. */
function mayForward(
  { connections, persistence, refusals, rules, limits }: HookDeps,
  client: Client,
  packet: Parameters<Hooks['authorizeForward']>[1],
): boolean {
  const connection = connections.of(client);
  if (!connection?.account) return false;
  // Aedes lowers the QoS for concrete filters only; more than 1 is never granted.
  if (packet.qos > 1) packet.qos = 1;
  const live = liveDeviceOf(packet.topic);
  // Asked again at each delivery: a device may have become private since.
  if (live && !mayRead(connection.account, live, rules)) return false;
  if (packet.retain) return true;
  const isQueued = !client.clean && packet.qos > 0;
  const hasRoom = isQueued
    ? persistence.holds(client.id, packet.brokerCounter)
    : client.conn.writableLength < limits.slowSubscriberBytesMax;
  if (!hasRoom) refusals.count('queue-full', connection.accountKey);
  return hasRoom;
}
