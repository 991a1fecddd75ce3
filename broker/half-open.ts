/** Connections of which nobody knows yet whose they are. */
export interface HalfOpen {
  /** Adds one; `close` is called when it has to go. Returns what takes it out when it has signed in or closed. */
  add(address: string, close: () => void): () => void;
  readonly count: number;
}

interface Waiting {
  address: string;
  close: () => void;
}

/**
 * Bounds connections that have not signed in, in all and per address, by pushing out the oldest: who opens
 * connections and says nothing loses them first, and who signs in at once gets in, also while that goes on.
 */
export function createHalfOpen(
  max: { total: number; perAddress: number },
  onPushedOut: () => void,
): HalfOpen {
  const all = new Set<Waiting>();
  const byAddress = new Map<string, Set<Waiting>>();

  function remove(waiting: Waiting): void {
    if (!all.delete(waiting)) return;
    const same = byAddress.get(waiting.address);
    same?.delete(waiting);
    if (same?.size === 0) byAddress.delete(waiting.address);
  }

  function pushOutOldest(of: ReadonlySet<Waiting>): void {
    const [oldest] = of;
    if (!oldest) return;
    remove(oldest);
    onPushedOut();
    oldest.close();
  }

  return {
    get count() {
      return all.size;
    },
    add(address, close) {
      const waiting = { address, close };
      const same = byAddress.get(address) ?? new Set();
      if (same.size >= max.perAddress) pushOutOldest(same);
      else if (all.size >= max.total) pushOutOldest(all);
      all.add(waiting);
      same.add(waiting);
      byAddress.set(address, same);
      return () => remove(waiting);
    },
  };
}
