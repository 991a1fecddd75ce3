import { performance } from 'node:perf_hooks';
import type { IClientOptions, MqttClient } from 'mqtt';
import { connect } from 'mqtt';
import { providerOf } from '../broker/contract/ids.ts';
import { limits } from '../broker/contract/limits.ts';
import { commandsTopic, statusTopic } from '../broker/contract/topics.ts';
import type { Link, LinkConfig } from './link.ts';
import { backoffMs, LinkRefused, linkTimes, placesOf, willTopicOf } from './link.ts';
import type { Tally } from './tally.ts';

/** One connection of mqtt.js: hears commands, speaks TLS and WebSocket; for thousands there is the lean one. */
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
    this.#places = placesOf(config);
  }

  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get hasRoom(): boolean {
    return this.connected && this.#inFlight < this.#places;
  }

  start(): Promise<void> {
    this.#client = connect(this.#config.url, optionsOf(this.#config));
    this.#watch(this.#client);
    return connected(this.#client);
  }

  publish(topic: string, payload: string | Uint8Array, onAck?: () => void): boolean {
    const client = this.#client;
    if (!client || !this.hasRoom) {
      this.#tally.skipped += 1;
      return false;
    }
    const sentAt = performance.now();
    this.#tally.sent += 1;
    this.#inFlight += 1;
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
    client.publish(topic, bytes, { qos: 1 }, (error) => {
      this.#inFlight -= 1;
      if (error) {
        this.#tally.errors += 1;
        return;
      }
      this.#tally.acknowledged += 1;
      this.#tally.ackMs.add(performance.now() - sentAt);
      onAck?.();
      this.#darken();
      this.#config.onReady?.();
    });
    return true;
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

  drop(): void {
    if (this.#config.devices.length !== 1 || this.#isStopping) return;
    this.#isDark = true;
    this.#client?.end(true);
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

  cut(backAfterMs?: number): void {
    const client = this.#client;
    if (!client) return;
    if (backAfterMs !== undefined) client.options.reconnectPeriod = Math.max(1, backAfterMs);
    client.stream.destroy();
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
    const { devices, onCommand } = this.#config;
    let isUp = false;
    let attempts = 0;
    let beganAt = performance.now();
    client.on('connect', () => {
      isUp = true;
      attempts = 0;
      this.#tally.connects += 1;
      this.#tally.connectMs.add(performance.now() - beganAt);
      client.options.reconnectPeriod = backoffMs(this.#config, 0);
      this.#say(client, 'online');
      listen(client, this.#config);
      this.#darken();
      this.#config.onReady?.();
    });
    // The period is read when the attempt has failed: each one doubles the wait before the next.
    client.on('reconnect', () => {
      attempts += 1;
      beganAt = performance.now();
      client.options.reconnectPeriod = backoffMs(this.#config, attempts);
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

function optionsOf(config: LinkConfig): IClientOptions {
  const { clientId, username, password } = config;
  const will = willTopicOf(config);
  return {
    clientId,
    clean: true,
    protocolVersion: 4,
    keepalive: linkTimes.keepaliveS,
    connectTimeout: linkTimes.connectMs,
    reconnectPeriod: backoffMs(config, 0),
    reconnectOnConnackError: true,
    queueQoSZero: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(will === undefined
      ? {}
      : { will: { topic: will, payload: Buffer.from('offline'), qos: 1, retain: true } }),
  };
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
      () => refuse(`no answer in ${linkTimes.firstConnectMs / 1000} s`),
      linkTimes.firstConnectMs,
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
    timer = setTimeout(() => resolve('late'), linkTimes.stopMs);
  });
  // Without a connection answers cannot come: leave at once.
  const leaving = client.endAsync(!client.connected);
  if ((await Promise.race([leaving, late])) === 'late') await client.endAsync(true);
  clearTimeout(timer);
}
