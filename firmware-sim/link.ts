import { performance } from 'node:perf_hooks';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import { unit } from './random.ts';
import type { Tally } from './tally.ts';

export interface LinkConfig {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://` */
  url: string;
  clientId: string;
  seed: number;
  username?: string | undefined;
  password?: string | undefined;
  /** Status topics spoken for on this connection: `online`, retained, after each connect, `offline` before leaving. */
  statusTopics: readonly string[];
}

/** One MQTT connection. */
export interface Link {
  /** Resolves when first connected, or stopped before. @throws LinkRefused when the broker says no, or in time nothing. */
  start(): Promise<void>;
  /** QoS 1. A sample that cannot go out now is skipped and counted. `onAck` runs when the broker answered. */
  publish(topic: string, payload: string, onAck?: () => void): void;
  readonly connected: boolean;
  /** Messages without an answer yet. */
  readonly inFlight: number;
  /** Says `offline`, waits for answers that are due and leaves; after 5 s without them, leaves anyway. */
  stop(): Promise<void>;
  /** Drops the connection as if the power had gone: the broker sends the will. It comes back by itself. */
  cut(): void;
}

/** The broker refused the connection, or did not answer in time. */
export class LinkRefused extends Error {
  readonly code = 'link-refused';
}

/** Unanswered messages for each device of a link; a further one is skipped. */
const inFlightMax = 16;
const firstConnectMs = 30_000;
const stopMs = 5_000;
const reconnectMinMs = 1_000;
const reconnectMaxMs = 60_000;

/** A connection with one device gets that device's `offline` as its last will [MQTT-3.1.2-8]. */
export function createLink(config: LinkConfig, tally: Tally): Link {
  let client: MqttClient | undefined;
  let stopping = false;
  let attempts = 0;
  let inFlight = 0;
  const places = inFlightMax * Math.max(1, config.statusTopics.length);

  const send = (target: MqttClient, topic: string, payload: string, onAck?: () => void) => {
    const sentAt = performance.now();
    tally.sent += 1;
    inFlight += 1;
    target.publish(topic, payload, { qos: 1 }, (error) => {
      inFlight -= 1;
      if (error) {
        tally.errors += 1;
        return;
      }
      tally.acknowledged += 1;
      tally.ackMs.add(performance.now() - sentAt);
      onAck?.();
    });
  };
  const say = (target: MqttClient, status: 'online' | 'offline') => {
    for (const topic of config.statusTopics)
      target.publish(topic, status, { qos: 1, retain: true });
  };
  const watch = (target: MqttClient) => {
    let up = false;
    target.on('connect', () => {
      up = true;
      attempts = 0;
      tally.connects += 1;
      target.options.reconnectPeriod = backoffMs(config.seed, 0);
      say(target, 'online');
    });
    // The period is read when the attempt has failed: each one doubles the wait before the next.
    target.on('reconnect', () => {
      attempts += 1;
      target.options.reconnectPeriod = backoffMs(config.seed, attempts);
    });
    target.on('close', () => {
      if (up && !stopping) tally.drops += 1;
      up = false;
    });
    target.on('error', () => {
      tally.faults += 1;
    });
  };

  return {
    start: () => {
      client = connect(config.url, optionsOf(config));
      watch(client);
      return connected(client);
    },
    publish: (topic, payload, onAck) => {
      if (!client?.connected || inFlight >= places) tally.skipped += 1;
      else send(client, topic, payload, onAck);
    },
    get connected() {
      return client?.connected ?? false;
    },
    get inFlight() {
      return inFlight;
    },
    stop: async () => {
      stopping = true;
      if (!client) return;
      if (client.connected) say(client, 'offline');
      await ended(client);
    },
    cut: () => {
      client?.stream.destroy();
    },
  };
}

function optionsOf({
  clientId,
  username,
  password,
  seed,
  statusTopics,
}: LinkConfig): IClientOptions {
  const [only, ...others] = statusTopics;
  const will = only !== undefined && others.length === 0 ? only : undefined;
  return {
    clientId,
    clean: true,
    protocolVersion: 4,
    keepalive: 60,
    connectTimeout: 10_000,
    reconnectPeriod: backoffMs(seed, 0),
    reconnectOnConnackError: true,
    queueQoSZero: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(will === undefined
      ? {}
      : { will: { topic: will, payload: Buffer.from('offline'), qos: 1, retain: true } }),
  };
}

/** Doubles up to a minute, ±25 % so that a fleet does not return all at once. */
function backoffMs(seed: number, attempt: number): number {
  const waitMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** Math.min(attempt, 6));
  return Math.round(waitMs * (0.75 + 0.5 * unit(seed, attempt)));
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) => {
      reject(new LinkRefused(`no MQTT connection: ${why}`));
      client.end(true);
    };
    const settle = () => {
      clearTimeout(timer);
      client.removeListener('error', onError);
      resolve();
    };
    const onError = (error: Error) => {
      // Other faults (broker not there yet) are tried again until the time is over.
      if (isCredentialsFault(error)) refuse(error.message);
    };
    const timer = setTimeout(
      () => refuse(`no answer in ${firstConnectMs / 1000} s`),
      firstConnectMs,
    );
    client.on('error', onError);
    client.once('connect', settle);
    client.once('end', settle);
  });
}

/** CONNACK 4 or 5: trying again would not help. */
function isCredentialsFault(error: Error): boolean {
  return 'code' in error && (error.code === 4 || error.code === 5);
}

async function ended(client: MqttClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), stopMs);
  });
  // Without a connection answers cannot come: leave at once.
  const leaving = client.endAsync(!client.connected);
  if ((await Promise.race([leaving, late])) === 'late') await client.endAsync(true);
  clearTimeout(timer);
}
