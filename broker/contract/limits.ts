/**
 * Every bound that the outside can reach, in one place. What happens at the bound stands beside it;
 * bounds that are internal to one component stand in that component's own `limits.ts`.
 */
export const limits = {
  /** A larger PUBLISH or HTTP push is refused: MQTT closes the connection, HTTP answers 413. */
  payloadBytesMax: 256 * 1024,
  /** Further readings of one message are rejected with `too-many-readings`. */
  readingsPerMessageMax: 5_000,
  /** Deeper topics close the connection. */
  topicLevelsMax: 12,
  topicBytesMax: 512,
  clientIdBytesMax: 128,
  /** Unless `MQTT_CLIENTS_MAX` says otherwise. A further CONNECT gets CONNACK 3 (server unavailable). */
  mqttClientsMax: 20_000,
  /** A further SUBSCRIBE of the same client is answered with failure (0x80). */
  subscriptionsPerClientMax: 50,
  /** A further message for a sleeping persistent session is dropped, oldest kept, and counted. */
  queuedMessagesPerClientMax: 1_000,
  /** Time that a device's clock may run ahead; later instants are rejected with `future-timestamp`. */
  clockAheadMsMax: 5 * 60_000,
  /** Devices and providers that may exist; more are refused. */
  devicesMax: 100_000,
  providersMax: 5_000,
  /** Rows of one answer of `/series`; more points are answered with 422 and a hint at the export. */
  seriesRowsMax: 100_000,
  /** Live (SSE) readers in all; a further one gets 503 with Retry-After. */
  liveClientsMax: 2_000,
  /** Rejected messages kept for inspection; the oldest go first. */
  rejectionsMax: 10_000,
} as const;
