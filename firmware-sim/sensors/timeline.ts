import type { Span } from './trouble.ts';

/** Spans one after the other, and what they came to so far. */
export interface Timeline<S extends Span, Key extends string> {
  /** The span that an instant falls into. */
  at(at: number): S | undefined;
  /** Sums over all spans until an instant, the present one as far as it has come. */
  sumBy(at: number): Readonly<Record<Key, number>>;
}

export interface TimelineRules<S extends Span, Key extends string> {
  firstTurn: number;
  turnOf(at: number): number;
  /** The span of a turn, which lies within it. */
  spanIn(turn: number): S | undefined;
  /** What a span, or its beginning, comes to. */
  measure(span: S): Readonly<Record<Key, number>>;
  zero: Readonly<Record<Key, number>>;
}

/** Turns that are looked at; beyond, nothing happens any more. */
const turnsMax = 100_000;

/** Lists spans when they are first asked for, with the sums before each: a counter of any age costs one look-up. */
export function createTimeline<S extends Span, Key extends string>(
  rules: TimelineRules<S, Key>,
): Timeline<S, Key> {
  type Sums = Readonly<Record<Key, number>>;
  const entries: { span: S; before: Sums; after: Sums }[] = [];
  let nextTurn = rules.firstTurn;

  const plus = (left: Sums, right: Sums): Sums => {
    const sums = { ...left } as Record<Key, number>;
    for (const key of Object.keys(right) as Key[]) sums[key] += right[key];
    return sums;
  };
  const listUntil = (at: number): void => {
    const last = Math.min(rules.turnOf(at), rules.firstTurn + turnsMax);
    for (; nextTurn <= last; nextTurn++) {
      const span = rules.spanIn(nextTurn);
      if (!span) continue;
      const before = entries.at(-1)?.after ?? rules.zero;
      entries.push({ span, before, after: plus(before, rules.measure(span)) });
    }
  };
  /** The last span that began by then. */
  const begunBy = (at: number) => {
    listUntil(at);
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.span.fromAt ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return entries[low - 1];
  };

  return {
    at: (at) => {
      const span = begunBy(at)?.span;
      return span && at < span.toAt ? span : undefined;
    },
    sumBy: (at) => {
      const entry = begunBy(at);
      if (!entry) return rules.zero;
      const { span, before, after } = entry;
      return at >= span.toAt ? after : plus(before, rules.measure({ ...span, toAt: at }));
    },
  };
}
