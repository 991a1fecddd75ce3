import type { BadPayloadName } from './bad-payloads.ts';

/** A reading that a device takes. */
export interface Taken {
  /** The true instant, which its values belong to; epoch ms UTC. */
  at: number;
  /** The instant that its own clock says: what it writes into the message, and what the reading is stored under. */
  stampAt: number;
  /** When it booted last, if it has since the beginning: sensors warm up. */
  bootAt?: number;
}

/** One message. */
export interface SendStep {
  do: 'send';
  /** Simulated instant at which it goes out. */
  at: number;
  /** What it carries, oldest first; more than one: as a batch. */
  taken: readonly Taken[];
  /** Malformed in this way instead of good. */
  spoil?: BadPayloadName;
  /** The same has gone out before. */
  isRepeat?: true;
}

/** The connection breaks without a goodbye (the broker says the will), or is opened again. */
export interface LinkStep {
  do: 'drop' | 'return';
  at: number;
}

/**
 * What a device does next, in order of `at`: plain data, small enough for any queue and any thread. Who runs it
 * does one after the other, and a `send` after a `return` waits for the connection.
 */
export type Step = SendStep | LinkStep;
