import type { Account } from '../contract/access.ts';
import type { Accept, InboundMessage } from './bus.ts';

/**
 * Publishes of readings, of one QoS, that one connection sent together, as they lie in what its socket gave: no object
 * for each. They are kept, and acknowledged, together.
 */
export interface Burst {
  account: Account;
  /** Arrival of all of them, epoch ms UTC. */
  receivedAt: number;
  bytes: Buffer;
  /** Topics of kind `readings`, one for each message; the same text is the same string. */
  topics: readonly string[];
  /** Where each payload begins in `bytes`, and the place behind its end. */
  starts: readonly number[];
  ends: readonly number[];
  /** Of all of them. */
  qos: 0 | 1;
}

/**
 * Takes a burst. `settle` is called exactly once: without an error when all of it is on disk; with one when
 * not all of it is kept, and none of it may be acknowledged. Settling happens in the order of the calls,
 * those of `Accept` among them [MQTT-4.6.0-2].
 */
export type AcceptBurst = (burst: Burst, settle: (error?: Error) => void) => void;

/** One message of a burst. */
export function messageOf(burst: Burst, index: number): InboundMessage {
  const { account, receivedAt, bytes, topics, starts, ends, qos } = burst;
  return {
    topic: topics[index] ?? '',
    payload: bytes.subarray(starts[index], ends[index]),
    qos,
    retain: false,
    receivedAt,
    account,
  };
}

/** Takes a burst message by message. */
export function oneByOne(accept: Accept): AcceptBurst {
  return (burst, settle) => {
    let waiting = burst.topics.length;
    let failure: Error | undefined;
    for (let index = 0; index < burst.topics.length; index++) {
      accept(messageOf(burst, index), (error) => {
        failure ??= error;
        waiting -= 1;
        if (waiting === 0) settle(failure);
      });
    }
  };
}
