import { limits } from './contract/limits.ts';

/**
 * Bounds that are internal to the broker; those that the outside can reach by itself stand in
 * `contract/limits.ts` and are repeated here only where a broker may be given smaller ones.
 */
export const brokerLimits = {
  payloadBytesMax: limits.payloadBytesMax,
  /** Remaining length of a packet: payload, topic, packet id and room for a CONNECT's texts. Larger: closed. */
  packetBytesMax: limits.payloadBytesMax + 4_096,
  /** The same before a CONNECT was accepted, when nobody knows who is sending. Larger: closed. */
  connectBytesMax: 64 * 1024,
  clientsMax: limits.mqttClientsMax,
  subscriptionsPerClientMax: limits.subscriptionsPerClientMax,
  /** Time from opening a connection to a whole CONNECT; then it is closed. */
  connectTimeoutMs: 10_000,
  /**
   * Connections that have not signed in, in all and per address (a proxy counts as one). A further one
   * pushes out the oldest of its address, or of all: who signs in at once is never that one. Of an address
   * nobody is pushed out before `halfOpenPatienceMs`, while there is room in all: after an outage a city comes
   * back from one address, faster than its CONNECTs cross a mobile network.
   */
  halfOpenMax: 10_000,
  halfOpenPerAddressMax: 1_000,
  halfOpenPatienceMs: 2_000,
  /**
   * Time for a whole packet once its first byte has come, and the pace that a long one must hold on top
   * of it. Slower: closed (`too-slow`). Time in which the broker itself does not read is not counted.
   */
  packetTimeoutMs: 30_000,
  packetBytesPerSMin: 1_024,
  /** Bytes of one connection that are handled in one go; then it is the turn of the others. */
  readBytesMax: 8 * 1024,
  /** Packets that may follow a CONNECT before its answer; the next one closes the connection. */
  packetsBeforeConnackMax: 2_000,

  /** Publishes of one client that wait for their settlement; beyond, its socket is not read. */
  pendingPerClientMax: 1_000,
  pendingPerClientBytesMax: 2 * 1024 * 1024,
  /** The same over all connections of one provider and its devices; who has little waiting is still read. */
  pendingPerProviderMax: 5_000,
  pendingPerProviderBytesMax: 16 * 1024 * 1024,
  /**
   * The bound of one client also shrinks to a quarter of what is left in all, so that many at once leave
   * room for the others; but this much is read of everybody until the bounds over all are reached.
   */
  pendingFloor: 16,
  pendingFloorBytes: 64 * 1024,
  /** The same over all clients; beyond, no socket is read. */
  pendingMax: 100_000,
  pendingBytesMax: 64 * 1024 * 1024,
  /**
   * One read of a socket may overshoot the bounds above. Beyond this multiple of them QoS 0 is
   * dropped and QoS 1/2 closes the connection without an ack; both counted `overloaded`.
   */
  pendingOvershoot: 3,

  /** Bytes waiting in a subscriber's socket; beyond, QoS 0 and clean sessions lose messages (`queue-full`). */
  slowSubscriberBytesMax: 256 * 1024,
  /** A subscriber's socket that takes nothing for so long is closed. */
  drainTimeoutMs: 5_000,
  /** Deliveries to subscribers begun in one turn of the event loop; further ones are dropped (`overloaded`). */
  deliveriesPerTurnMax: 10_000,
  /** Own QoS 1 publishes (commands) under way; further ones are refused with an error. */
  outboundMax: 1_000,

  /** Unacknowledged messages of a persistent session; further ones are dropped (`queue-full`). */
  queuedPerSessionMax: limits.queuedMessagesPerClientMax,
  /** The same for sessions of the platform's own services: near the bound publishers wait for their ack. */
  queuedPerPlatformSessionMax: 20_000,
  /** Time that a message waits for room in those sessions when ingest runs elsewhere; then no ack. */
  relayWaitMs: 5_000,
  /** Bytes of all session queues together; further messages are dropped (`queue-full`). */
  queuedBytesMax: 128 * 1024 * 1024,
  /** Persistent sessions; at the bound the one that was away the longest is forgotten. */
  sessionsMax: limits.mqttClientsMax,
  /** A persistent session whose client has not returned for so long is forgotten, with what waits in it. */
  sessionExpiryMs: 7 * 86_400_000,
  /** QoS 2 messages of one client that wait for PUBREL; a further one closes the connection without an ack. */
  incomingPerClientMax: 2_000,
  /** Retained messages and their bytes; further topics are not retained (`queue-full`). */
  retainedMax: 2 * limits.devicesMax,
  retainedBytesMax: 64 * 1024 * 1024,

  /** Time that `stop` waits for publishes to settle. */
  stopWaitMs: 5_000,
} as const;

/** The bounds of one broker. As many persistent sessions as clients, so that no connected one's is forgotten. */
export function limitsFor(
  clientsMax: number | undefined,
  others: Partial<BrokerLimits> = {},
): BrokerLimits {
  const asConfigured = clientsMax === undefined ? {} : { clientsMax, sessionsMax: clientsMax };
  return { ...brokerLimits, ...asConfigured, ...others };
}

/** {@link brokerLimits} with other values, e.g. small ones in tests. */
export type BrokerLimits = { readonly [K in keyof typeof brokerLimits]: number };
