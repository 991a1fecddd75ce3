import { ingestLimits } from '../limits.ts';
import { PlainMessages } from './plain-messages.ts';

/** Columns of messages that have settled, for the next ones; what is beyond the bound is left to the collector. */
export class PlainMessagesPool {
  readonly #free: PlainMessages[] = [];
  #rows = 0;

  take(receivedAt: number): PlainMessages {
    const free = this.#free.pop();
    if (free) this.#rows -= free.rowsOfRoom;
    const messages = free ?? new PlainMessages();
    messages.clear(receivedAt);
    return messages;
  }

  give(messages: PlainMessages): void {
    if (this.#rows + messages.rowsOfRoom > ingestLimits.plainRowsKeptMax) return;
    this.#rows += messages.rowsOfRoom;
    this.#free.push(messages);
  }
}
