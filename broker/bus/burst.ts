import type { Account } from '../contract/access.ts';
import type { Accept, InboundMessage } from './bus.ts';

/** A topic of kind `readings`: the same object for as long as the broker remembers it. */
export interface BurstTopic {
  readonly topic: string;
  /** What whoever takes bursts knows of it, and need not look up with each message. The broker makes it undefined. */
  known: unknown;
}

/**
 * Publishes of readings, of one QoS, that one connection sent together, as they lie in what its socket gave: no object
 * for each. They are kept, and acknowledged, together. It holds until the call returns that it is given to; then the
 * next one takes its place.
 */
export interface Burst {
  readonly account: Account;
  /** Arrival of all of them, epoch ms UTC. */
  readonly receivedAt: number;
  /** May be where the next read goes. */
  readonly bytes: Buffer;
  /** How many they are; the lists have room behind that. */
  readonly count: number;
  /** One for each message. */
  readonly topics: readonly BurstTopic[];
  /** Where each payload begins in `bytes`, and the place behind its end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Of all of them. */
  readonly qos: 0 | 1;
}

/** Who waits for what becomes of a burst: an object, for a function would be a further one for each. */
export interface Settlement {
  settle(error?: Error): void;
}

/**
 * Takes a burst. It is settled exactly once: without an error when all of it is on disk; with one when
 * not all of it is kept, and none of it may be acknowledged. Settling happens in the order of the calls,
 * those of `Accept` among them [MQTT-4.6.0-2].
 */
export type AcceptBurst = (burst: Burst, settlement: Settlement) => void;

/** One message of a burst; its payload is there as long as the burst's bytes. */
export function messageOf(burst: Burst, index: number): InboundMessage {
  const { account, receivedAt, bytes, topics, starts, ends, qos } = burst;
  return {
    topic: topics[index]?.topic ?? '',
    payload: bytes.subarray(starts[index], ends[index]),
    qos,
    retain: false,
    receivedAt,
    account,
  };
}

/** Takes a burst message by message, each with bytes of its own. */
export function oneByOne(accept: Accept): AcceptBurst {
  return (burst, settlement) => {
    const { count } = burst;
    let waiting = count;
    let failure: Error | undefined;
    for (let index = 0; index < count; index++) {
      const message = messageOf(burst, index);
      accept({ ...message, payload: Buffer.from(message.payload) }, (error) => {
        failure ??= error;
        waiting -= 1;
        if (waiting === 0) settlement.settle(failure);
      });
    }
  };
}
