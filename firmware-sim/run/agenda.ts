/** What is due at an instant. */
export interface Due {
  at: number;
}

/** A queue by time: what is due first comes first, whatever the order it was put in. A binary heap. */
export class Agenda<Item extends Due> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as Item;
      if (above.at <= item.at) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      const right = items[child + 1];
      if (right !== undefined && right.at < (items[child] as Item).at) child += 1;
      const below = items[child] as Item;
      if (below.at >= last.at) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
