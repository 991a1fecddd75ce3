import type { Span } from './trouble.ts';

/** Spans one after the other, and what they came to so far. */
export interface Timeline<S extends Span, Key extends string> {
  /** The span that an instant falls into. */
  at(at: number): S | undefined;
  /** The next one to begin, in this turn or the one after. */
  next(at: number): S | undefined;
  /** Sums over all spans until an instant, the present one as far as it has come. */
  sumBy(at: number): Readonly<Record<Key, number>>;
}

export interface TimelineRules<S extends Span, Key extends string> {
  firstTurn: number;
  turnOf(at: number): number;
  /** The span of a turn, which lies within it. */
  spanIn(turn: number): S | undefined;
  /** Further spans, in order and apart, wherever they lie; where they overlap with one of a turn, they hold. */
  more?: readonly S[];
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
  const more = rules.more ?? [];
  const firstTurn = Math.min(rules.firstTurn, ...more.map(({ fromAt }) => rules.turnOf(fromAt)));
  let nextTurn = firstTurn;

  const plus = (left: Sums, right: Sums): Sums => {
    const sums = { ...left } as Record<Key, number>;
    for (const key of Object.keys(right) as Key[]) sums[key] += right[key];
    return sums;
  };
  const spansIn = (turn: number): S[] => {
    const usual = turn < rules.firstTurn ? undefined : rules.spanIn(turn);
    if (more.length === 0) return usual ? [usual] : [];
    const added = more.filter(({ fromAt }) => rules.turnOf(fromAt) === turn);
    return [...(usual ? without(usual, more) : []), ...added].sort((a, b) => a.fromAt - b.fromAt);
  };
  const listTurn = (turn: number): void => {
    const last = Math.min(turn, firstTurn + turnsMax);
    for (; nextTurn <= last; nextTurn++) {
      for (const span of spansIn(nextTurn)) {
        const before = entries.at(-1)?.after ?? rules.zero;
        entries.push({ span, before, after: plus(before, rules.measure(span)) });
      }
    }
  };
  /** Of the last span that began by then; -1: none. */
  const indexBy = (at: number): number => {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.span.fromAt ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const begunBy = (at: number) => {
    listTurn(rules.turnOf(at));
    return entries[indexBy(at)];
  };

  return {
    at: (at) => {
      const span = begunBy(at)?.span;
      return span && at < span.toAt ? span : undefined;
    },
    next: (at) => {
      listTurn(rules.turnOf(at) + 1);
      return entries[indexBy(at) + 1]?.span;
    },
    sumBy: (at) => {
      const entry = begunBy(at);
      if (!entry) return rules.zero;
      const { span, before, after } = entry;
      return at >= span.toAt ? after : plus(before, rules.measure({ ...span, toAt: at }));
    },
  };
}

/** What is left of a span beside others, which are in order and apart. */
function without<S extends Span>(span: S, others: readonly Span[]): S[] {
  const left: S[] = [];
  let { fromAt } = span;
  for (const other of others) {
    if (other.toAt <= fromAt || other.fromAt >= span.toAt) continue;
    if (other.fromAt > fromAt) left.push({ ...span, fromAt, toAt: other.fromAt });
    fromAt = other.toAt;
  }
  return fromAt < span.toAt ? [...left, { ...span, fromAt }] : left;
}
