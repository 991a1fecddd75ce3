import { type Accept, NotKept, type Settle } from './bus/bus.ts';
import { parseTopic, type TopicKind } from './contract/topics.ts';
import type { BrokerPersistence } from './persistence/persistence.ts';

/** How often waiting messages are looked at again. */
const pollMs = 10;

interface Waiting {
  kind: TopicKind;
  settle: Settle;
  untilAt: number;
}

/**
 * Takes messages when ingest runs elsewhere: they go on when a session of an ingest is there to queue
 * them and has room; the keeper then queues them, and they are acknowledged when the queue is on disk.
 * Else they wait a while (the ack gate bounds how many, and stops reading), and then are not kept.
 * Otherwise a start in the wrong order would acknowledge what nobody keeps.
 */
export function createRelay(
  persistence: BrokerPersistence,
  deps: { clock: () => number; waitMs: number },
): Accept {
  const waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** What may still be granted in this turn of the event loop; asked for once in each. */
  let room = 0;
  let isRoomKnown = false;

  function takeRoom(kind: TopicKind): boolean {
    if (persistence.platformInterest.count(kind) === 0) return false;
    if (!isRoomKnown) {
      room = persistence.platformRoom();
      isRoomKnown = true;
      setImmediate(() => {
        isRoomKnown = false;
      });
    }
    if (room <= 0) return false;
    room -= 1;
    return true;
  }

  function pump(): void {
    const now = deps.clock();
    let settled = 0;
    // In order: the first one that has to wait holds up those behind it.
    for (const { kind, settle, untilAt } of waiting) {
      if (takeRoom(kind)) settle();
      else if (now >= untilAt) settle(new NotKept('no ingest took the message in time'));
      else break;
      settled += 1;
    }
    waiting.splice(0, settled);
    if (waiting.length > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return ({ topic, qos }, settle) => {
    const kind = parseTopic(topic)?.kind;
    if (qos === 0) settle();
    else if (kind === undefined) settle(new NotKept('not a topic of ingest'));
    else if (waiting.length === 0 && takeRoom(kind)) settle();
    else {
      waiting.push({ kind, settle, untilAt: deps.clock() + deps.waitMs });
      timer ??= setInterval(pump, pollMs);
    }
  };
}
