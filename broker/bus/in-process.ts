import { type AcceptBurst, oneByOne, type Settlement } from './burst.ts';
import type { Accept, Bus, OutboundMessage, Settle } from './bus.ts';
import { NotKept } from './bus.ts';

/** A bus whose two ends are in one process. */
export interface InProcessBus {
  /** Ingest's end. */
  bus: Bus;
  /** The end of those who bring messages: the broker, and the API's HTTP push. */
  accept: Accept;
  /** The same for readings that came together. */
  acceptBurst: AcceptBurst;
  /** Gives the bus what it publishes with; called once, before anything is published. */
  attach(publish: (message: OutboundMessage) => Promise<void>): void;
}

/**
 * Joins broker and ingest by a function call. Before `start` and after `stop` every message settles with
 * {@link NotKept}: nothing is acknowledged that nobody keeps.
 */
export function createInProcessBus(): InProcessBus {
  let handler: Accept | undefined;
  let burstHandler: AcceptBurst | undefined;
  let publish: ((message: OutboundMessage) => Promise<void>) | undefined;
  const underWay: UnderWay = { count: 0, idle() {} };

  function settleOnce(settle: Settle): Settle {
    let isSettled = false;
    return (error, outcome) => {
      if (isSettled) return;
      isSettled = true;
      underWay.count -= 1;
      settle(error, outcome);
      if (underWay.count === 0) underWay.idle();
    };
  }

  return {
    accept(message, settle) {
      if (!handler) {
        settle(new NotKept('ingest is not running'));
        return;
      }
      underWay.count += 1;
      const settled = settleOnce(settle);
      try {
        handler(message, settled);
      } catch (cause) {
        settled(new NotKept('ingest failed to take the message', { cause }));
      }
    },
    acceptBurst(burst, settlement) {
      if (!burstHandler) {
        settlement.settle(new NotKept('ingest is not running'));
        return;
      }
      underWay.count += 1;
      const once = new BurstUnderWay(underWay, settlement);
      try {
        burstHandler(burst, once);
      } catch (cause) {
        once.settle(new NotKept('ingest failed to take the messages', { cause }));
      }
    },
    attach(publishNow) {
      publish = publishNow;
    },
    bus: {
      async start(accept, acceptBurst = oneByOne(accept)) {
        handler = accept;
        burstHandler = acceptBurst;
      },
      async publish(message) {
        if (!publish) throw new NotKept('the bus has no broker yet');
        await publish(message);
      },
      async stop() {
        handler = undefined;
        burstHandler = undefined;
        if (underWay.count === 0) return;
        await new Promise<void>((resolve) => {
          underWay.idle = resolve;
        });
      },
    },
  };
}

/** What was handed over and has not settled. */
interface UnderWay {
  count: number;
  /** Called when there is nothing any more. */
  idle(): void;
}

/** Settles a burst once. */
class BurstUnderWay implements Settlement {
  readonly #underWay: UnderWay;
  #settlement: Settlement | undefined;

  constructor(underWay: UnderWay, settlement: Settlement) {
    this.#underWay = underWay;
    this.#settlement = settlement;
  }

  settle(error?: Error): void {
    const settlement = this.#settlement;
    if (!settlement) return;
    this.#settlement = undefined;
    this.#underWay.count -= 1;
    settlement.settle(error);
    if (this.#underWay.count === 0) this.#underWay.idle();
  }
}
