import { mix, unit } from '../random.ts';

/** A kind of trouble that comes to one thing of many at a time, for a while. */
export interface Trouble {
  /** Tells kinds of trouble apart. */
  salt: number;
  /** Time is cut into turns of this length; in each one somebody is hit. */
  everyMs: number;
  /** Of the first so many things, by their number, one is hit in each turn: that is what a small city sees. */
  among: number;
  /** Of further things as many share one turn, but only in one of these turns, so that a large city stays a normal one. */
  furtherOneIn: number;
  /** How long it lasts, at least and at most. */
  lastsMs: readonly [min: number, max: number];
  /** Part of the turn in which it may begin; default: wherever it fits. */
  beginsMs?: readonly [min: number, max: number];
}

export interface Span {
  fromAt: number;
  toAt: number;
}

/** No trouble before: counters begin with none. */
export const troublesBeginAt = Date.UTC(2026, 0, 1);

export function turnOf({ everyMs }: Trouble, at: number): number {
  return Math.floor((at - troublesBeginAt) / everyMs);
}

/** The trouble that the thing of a number has in a turn, over or not; a pure function, as all here. */
export function troubleIn(trouble: Trouble, number: number, turn: number): Span | undefined {
  const { salt, everyMs, among, lastsMs } = trouble;
  if (turn < 0) return undefined;
  const crowd = Math.floor(number / among);
  const drawn = mix(mix(salt, crowd), turn);
  if (drawn % among !== number % among) return undefined;
  if (crowd > 0 && unit(drawn, 1) * trouble.furtherOneIn >= 1) return undefined;
  const lasts = lastsMs[0] + unit(drawn, 2) * (lastsMs[1] - lastsMs[0]);
  const [first, last] = trouble.beginsMs ?? [0, everyMs - lasts];
  const fromAt = Math.round(
    troublesBeginAt + turn * everyMs + first + unit(drawn, 3) * (last - first),
  );
  return { fromAt, toAt: Math.round(fromAt + lasts) };
}

/** The trouble that a thing has at an instant. */
export function troubleAt(trouble: Trouble, number: number, at: number): Span | undefined {
  const span = troubleIn(trouble, number, turnOf(trouble, at));
  return span && at >= span.fromAt && at < span.toAt ? span : undefined;
}
