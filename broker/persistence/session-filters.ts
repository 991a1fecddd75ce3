import { matches } from '../topic-filter.ts';

/** Who subscribed to a filter, at which QoS. */
type Subscribers = Map<string, number>;

/**
 * Subscriptions of persistent sessions, found by topic. Concrete filters are looked up; those with
 * wildcards are kept by their third level (the provider), so that one topic is held against few.
 */
export class SessionFilters {
  readonly #concrete = new Map<string, Subscribers>();
  readonly #wild = new Map<string, Map<string, Subscribers>>();

  set(filter: string, clientId: string, qos: number): void {
    const group = this.#groupOf(filter);
    const subscribers = group.get(filter);
    if (subscribers) subscribers.set(clientId, qos);
    else group.set(filter, new Map([[clientId, qos]]));
  }

  delete(filter: string, clientId: string): void {
    const group = this.#groupOf(filter);
    const subscribers = group.get(filter);
    subscribers?.delete(clientId);
    if (subscribers?.size === 0) group.delete(filter);
    if (group !== this.#concrete && group.size === 0) this.#wild.delete(thirdLevel(filter));
  }

  /** Ids of the clients that a message on this topic is for, each once. */
  match(topic: string): ReadonlySet<string> {
    if (this.#concrete.size === 0 && this.#wild.size === 0) return nobody;
    const clientIds = new Set<string>(this.#concrete.get(topic)?.keys());
    const levels = topic.split('/');
    for (const key of [levels[2] ?? any, any]) {
      for (const [filter, subscribers] of this.#wild.get(key) ?? []) {
        if (!matches(filter.split('/'), levels)) continue;
        for (const clientId of subscribers.keys()) clientIds.add(clientId);
      }
    }
    return clientIds;
  }

  #groupOf(filter: string): Map<string, Subscribers> {
    if (!/[+#]/.test(filter)) return this.#concrete;
    const key = thirdLevel(filter);
    let group = this.#wild.get(key);
    if (!group) {
      group = new Map();
      this.#wild.set(key, group);
    }
    return group;
  }
}

const any = '+';
const nobody: ReadonlySet<string> = new Set();

function thirdLevel(filter: string): string {
  const [first, second, third = any] = filter.split('/');
  return [first, second, third].some((level) => level === '+' || level === '#') ? any : third;
}
