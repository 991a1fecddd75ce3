import type { DeviceKey } from '../broker/contract/ids.ts';
import { statusTopic } from '../broker/contract/topics.ts';
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
  /** Unanswered messages; a further one is skipped. Default: {@link inFlightPerDeviceMax} for each device. */
  inFlightMax?: number | undefined;
  /** False: the broker is given no last will. Default: a connection with one device has one. */
  lastWill?: boolean | undefined;
  /** A place has become free, or the connection stands (again): a message can go out. */
  onReady?: (() => void) | undefined;
  /** Wait before the first attempt to come back; each further one doubles it, up to a minute. Default 1 s. */
  reconnectMinMs?: number | undefined;
}

/** Makes a connection; nothing is sent before `start`. */
export type CreateLink = (config: LinkConfig, tally: Tally) => Link;

/** One MQTT connection. */
export interface Link {
  /** Resolves when first connected, or stopped before. @throws LinkRefused when the broker says no, or in time nothing. */
  start(): Promise<void>;
  /**
   * QoS 1. A sample that cannot go out now is skipped and counted: false. `onAck` runs when the broker answered.
   */
  publish(topic: string, payload: string | Uint8Array, onAck?: () => void): boolean;
  /** QoS 1, without being counted: answers to commands are no samples. Nothing happens without a connection. */
  answer(topic: string, payload: string): void;
  /**
   * One of the devices has no mains any more. Where it is the only one on this connection that drops, as soon as what it
   * has said last is answered, and the broker sends the will; a gateway stays.
   */
  lose(): void;
  /** Drops the connection at once, without a goodbye, and stays away until `regain`; a gateway stays. */
  drop(): void;
  /** It has mains again, or its network. */
  regain(): void;
  readonly connected: boolean;
  /** A message could go out now. */
  readonly hasRoom: boolean;
  /** Messages without an answer yet. */
  readonly inFlight: number;
  /** Says `offline`, waits for answers that are due and leaves; after 5 s without them, leaves anyway. */
  stop(): Promise<void>;
  /**
   * Drops the connection as if the network had gone: the broker sends the will. It comes back by itself, first after
   * `backAfterMs`; without, after its usual wait.
   */
  cut(backAfterMs?: number): void;
}

/** The broker refused the connection, or did not answer in time. */
export class LinkRefused extends Error {
  readonly code = 'link-refused';
}

/** Unanswered messages for each device of a link; a further one is skipped. */
export const inFlightPerDeviceMax = 16;
/** Unanswered messages of a link that many devices share: packet ids end at 65,535. */
const inFlightMax = 10_000;

export function placesOf({ devices, inFlightMax: places }: LinkConfig): number {
  return Math.min(inFlightMax, places ?? inFlightPerDeviceMax * Math.max(1, devices.length));
}

export const linkTimes = {
  /** A broker that has not answered by then has refused. */
  firstConnectMs: 30_000,
  /** Answers that are due when a link stops are waited for so long. */
  stopMs: 5_000,
  connectMs: 10_000,
  keepaliveS: 60,
} as const;

const reconnectMinMs = 1_000;
const reconnectMaxMs = 60_000;

/** The wait before an attempt to come back: doubles up to a minute, ±25 % so that a fleet does not return all at once. */
export function backoffMs(config: LinkConfig, attempt: number): number {
  const firstMs = config.reconnectMinMs ?? reconnectMinMs;
  const waitMs = Math.min(reconnectMaxMs, firstMs * 2 ** Math.min(attempt, 16));
  return Math.round(waitMs * (0.75 + 0.5 * unit(config.seed, attempt)));
}

/** A connection with one device gets that device's `offline` as its last will [MQTT-3.1.2-8]. */
export function willTopicOf({ devices, lastWill }: LinkConfig): string | undefined {
  const [only, ...others] = devices;
  return lastWill !== false && only !== undefined && others.length === 0
    ? statusTopic(only)
    : undefined;
}
