import type { Account } from '../contract/access.ts';
import type { DeviceKey } from '../contract/ids.ts';
import type { Rejection } from '../contract/rejection.ts';
import type { AcceptBurst } from './burst.ts';

/** A message of a device on its way to ingest, whatever transport brought it. */
export interface InboundMessage {
  /** The MQTT topic; an HTTP push gets the `readings` topic of its device, or its path when the body names it. */
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** Arrival, epoch ms UTC. */
  receivedAt: number;
  /** Who sent it, where the transport knows; a foreign broker has checked that for us and does not tell. */
  account?: Account;
  /** The dialect, where the way in names it (HTTP push); otherwise it is told apart by topic and shape. */
  dialect?: string;
  /** HTTP headers in lower case that a dialect may need to know the device. */
  headers?: Readonly<Record<string, string>>;
  /** Id of the rejected message that this is once more: what is still refused of it stays under that id. */
  replayOf?: string;
  /** Handed in from a file of the past: it says nothing of the device now. */
  imported?: boolean;
}

/** What a kept message came to; HTTP answers with it, MQTT has no way to say it. */
export interface AcceptOutcome {
  device: DeviceKey | undefined;
  accepted: number;
  rejections: readonly Rejection[];
}

/**
 * Takes one message. `settle` is called exactly once: without an error when the message is on disk and
 * may be acknowledged; with an error when it is not kept, and must not be acknowledged.
 * Settling happens in the order of the calls [MQTT-4.6.0-2].
 */
export type Accept = (message: InboundMessage, settle: Settle) => void;
export type Settle = (error?: Error, outcome?: AcceptOutcome) => void;

/** Not kept and not the sender's fault: the journal cannot take it now. HTTP answers 503 with Retry-After. */
export class NotKept extends Error {
  readonly code = 'not-kept';
}

export interface OutboundMessage {
  topic: string;
  payload: Uint8Array | string;
  qos: 0 | 1;
  retain?: boolean;
}

/**
 * How messages reach ingest and how it answers. Two implementations, one contract suite: in-process
 * beside the built-in broker, and mqtt.js against any MQTT broker.
 */
export interface Bus {
  /**
   * Starts to hand messages of the `readings`, `status` and `commands/ack` topics to `accept`; readings that
   * came together may go to `acceptBurst` instead.
   */
  start(accept: Accept, acceptBurst?: AcceptBurst): Promise<void>;
  /** Publishes to devices and live readers. QoS 0 may be dropped under pressure. */
  publish(message: OutboundMessage): Promise<void>;
  /** Takes no more messages; resolves when those under way have settled. */
  stop(): Promise<void>;
}
