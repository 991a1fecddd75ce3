/** An item that knows when it last changed and its neighbours in that order. */
export interface Recent<T> {
  changedSeq: number;
  older: T | undefined;
  newer: T | undefined;
}

/**
 * Items in the order of their last change. What changed since a point is read from the newest end, so
 * its cost is the number of changes, not of items; and it needs no history.
 */
export class RecencyList<T extends Recent<T>> {
  #newest: T | undefined;

  /** Adds the item, or moves it, as the newest. `seq` never decreases. */
  touch(item: T, seq: number): void {
    item.changedSeq = seq;
    if (this.#newest === item) return;
    this.remove(item);
    item.older = this.#newest;
    if (this.#newest) this.#newest.newer = item;
    this.#newest = item;
  }

  remove(item: T): void {
    if (this.#newest === item) this.#newest = item.older;
    if (item.newer) item.newer.older = item.older;
    if (item.older) item.older.newer = item.newer;
    item.newer = undefined;
    item.older = undefined;
  }

  /** Items that changed after `seq`, newest first. */
  *since(seq: number): Generator<T> {
    for (let item = this.#newest; item && item.changedSeq > seq; item = item.older) yield item;
  }
}
