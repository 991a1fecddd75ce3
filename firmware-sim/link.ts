import { performance } from 'node:perf_hooks';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import { type DeviceKey, providerOf } from '../broker/contract/ids.ts';
import { limits } from '../broker/contract/limits.ts';
import { commandsTopic, statusTopic } from '../broker/contract/topics.ts';
import { unit } from './random.ts';
import type { Tally } from './tally.ts';

export interface LinkConfig {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://` */
  url: string;
  clientId: string;
  seed: number;
  username?: string | undefined;
  password?: string | undefined;
  /**
   * Devices spoken for on this connection: `online`, retained, after each connect, `offline` before leaving; their
   * command topics are heard.
   */
  devices: readonly DeviceKey[];
  /** A command came for one of them. */
  onCommand?: ((device: DeviceKey, payload: string) => void) | undefined;
}

/** One MQTT connection. */
export interface Link {
  /** Resolves when first connected, or stopped before. @throws LinkRefused when the broker says no, or in time nothing. */
  start(): Promise<void>;
  /** QoS 1. A sample that cannot go out now is skipped and counted. `onAck` runs when the broker answered. */
  publish(topic: string, payload: string, onAck?: () => void): void;
  /** QoS 1, without being counted: answers to commands are no samples. Nothing happens without a connection. */
  answer(topic: string, payload: string): void;
  /**
   * One of the devices has no mains any more. Where it is the only one on this connection that drops, as soon as what it
   * has said last is answered, and the broker sends the will; a gateway stays.
   */
  lose(): void;
  /** It has mains again. */
  regain(): void;
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
  return new MqttLink(config, tally);
}

class MqttLink implements Link {
  readonly #config: LinkConfig;
  readonly #tally: Tally;
  readonly #places: number;
  #client: MqttClient | undefined;
  #isStopping = false;
  /** Its only device has no mains. */
  #isDark = false;
  #inFlight = 0;

  constructor(config: LinkConfig, tally: Tally) {
    this.#config = config;
    this.#tally = tally;
    this.#places = inFlightMax * Math.max(1, config.devices.length);
  }

  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  start(): Promise<void> {
    this.#client = connect(this.#config.url, optionsOf(this.#config));
    this.#watch(this.#client);
    return connected(this.#client);
  }

  publish(topic: string, payload: string, onAck?: () => void): void {
    const client = this.#client;
    if (!client?.connected || this.#inFlight >= this.#places) {
      this.#tally.skipped += 1;
      return;
    }
    const sentAt = performance.now();
    this.#tally.sent += 1;
    this.#inFlight += 1;
    client.publish(topic, payload, { qos: 1 }, (error) => {
      this.#inFlight -= 1;
      if (error) {
        this.#tally.errors += 1;
        return;
      }
      this.#tally.acknowledged += 1;
      this.#tally.ackMs.add(performance.now() - sentAt);
      onAck?.();
      this.#darken();
    });
  }

  answer(topic: string, payload: string): void {
    if (this.#client?.connected) this.#client.publish(topic, payload, { qos: 1 });
  }

  lose(): void {
    if (this.#config.devices.length !== 1 || this.#isStopping) return;
    this.#isDark = true;
    // The last reading follows in this turn of the event loop.
    setImmediate(() => this.#darken());
  }

  regain(): void {
    if (!this.#isDark || this.#isStopping) return;
    this.#isDark = false;
    if (!this.connected) this.#client?.reconnect();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (!this.#client) return;
    if (this.connected) this.#say(this.#client, 'offline');
    await ended(this.#client);
  }

  cut(): void {
    this.#client?.stream.destroy();
  }

  /** Drops the connection of a device without mains when nothing is due any more. */
  #darken(): void {
    if (this.#isDark && this.#inFlight === 0 && !this.#isStopping && this.connected)
      this.#client?.end(true);
  }

  #say(client: MqttClient, status: 'online' | 'offline'): void {
    for (const device of this.#config.devices)
      client.publish(statusTopic(device), status, { qos: 1, retain: true });
  }

  #watch(client: MqttClient): void {
    const { seed, devices, onCommand } = this.#config;
    let isUp = false;
    let attempts = 0;
    client.on('connect', () => {
      isUp = true;
      attempts = 0;
      this.#tally.connects += 1;
      client.options.reconnectPeriod = backoffMs(seed, 0);
      this.#say(client, 'online');
      listen(client, this.#config);
      this.#darken();
    });
    // The period is read when the attempt has failed: each one doubles the wait before the next.
    client.on('reconnect', () => {
      attempts += 1;
      client.options.reconnectPeriod = backoffMs(seed, attempts);
    });
    client.on('close', () => {
      if (isUp && !this.#isStopping && !this.#isDark) this.#tally.drops += 1;
      isUp = false;
    });
    client.on('error', () => {
      this.#tally.faults += 1;
    });
    client.on('message', (topic, payload) => {
      const device = devices.find((one) => commandsTopic(one) === topic);
      if (device) onCommand?.(device, payload.toString());
    });
  }
}

function optionsOf({ clientId, username, password, seed, devices }: LinkConfig): IClientOptions {
  const [only, ...others] = devices;
  const will = only !== undefined && others.length === 0 ? statusTopic(only) : undefined;
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

/** Commands of each device, or of all of a provider where there are more than a broker lets subscribe to. */
function listen(client: MqttClient, { devices, onCommand }: LinkConfig): void {
  const [first] = devices;
  if (first === undefined || !onCommand) return;
  const filters =
    devices.length <= limits.subscriptionsPerClientMax
      ? devices.map(commandsTopic)
      : [commandsTopic(`${providerOf(first)}/+`)];
  client.subscribe(filters, { qos: 1 });
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
