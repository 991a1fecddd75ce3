import { type AcceptBurst, oneByOne } from './burst.ts';
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
  let underWay = 0;
  let idle = () => {};

  function settleOnce(settle: Settle): Settle {
    let isSettled = false;
    return (error, outcome) => {
      if (isSettled) return;
      isSettled = true;
      underWay -= 1;
      settle(error, outcome);
      if (underWay === 0) idle();
    };
  }

  return {
    accept(message, settle) {
      if (!handler) {
        settle(new NotKept('ingest is not running'));
        return;
      }
      underWay += 1;
      const settled = settleOnce(settle);
      try {
        handler(message, settled);
      } catch (cause) {
        settled(new NotKept('ingest failed to take the message', { cause }));
      }
    },
    acceptBurst(burst, settle) {
      if (!burstHandler) {
        settle(new NotKept('ingest is not running'));
        return;
      }
      underWay += 1;
      const settled = settleOnce(settle);
      try {
        burstHandler(burst, settled);
      } catch (cause) {
        settled(new NotKept('ingest failed to take the messages', { cause }));
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
        if (underWay === 0) return;
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      },
    },
  };
}
