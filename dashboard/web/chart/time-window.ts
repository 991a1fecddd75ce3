import type { RangeName, View } from '../state/view.ts';
import { rangeMs } from './ranges.ts';

/** The span that a chart shows, epoch ms UTC. */
export interface TimeWindow {
  from: number;
  to: number;
  /** Ends now and goes along with it; else it stands still. */
  isLive: boolean;
}

type Span = Pick<TimeWindow, 'from' | 'to'>;
/** What of the view says the window. */
export type WindowPatch = Pick<View, 'window'> & Partial<Pick<View, 'range'>>;

export function windowOf(
  { window, range }: Pick<View, 'window' | 'range'>,
  now: number,
): TimeWindow {
  return window
    ? { ...window, isLive: false }
    : { from: now - rangeMs[range], to: now, isLive: true };
}

/** One length back or forth. Forth into the future is back to live, as long as before. */
export function stepped({ from, to }: Span, direction: -1 | 1, now: number): WindowPatch {
  const lengthMs = to - from;
  const next = { from: from + direction * lengthMs, to: to + direction * lengthMs };
  return next.to < now ? { window: next } : liveAgain(lengthMs);
}

/** Half or twice as long, about the middle, but never beyond now. */
export function zoomed({ from, to }: Span, factor: number, now: number): WindowPatch {
  const lengthMs = Math.min(windowMsMax, Math.max(windowMsMin, (to - from) * factor));
  const end = Math.min(now, (from + to) / 2 + lengthMs / 2);
  return { window: whole({ from: end - lengthMs, to: end }) };
}

/** What was drawn with the pointer; undefined when it was only a click. */
export function selected({ from, to }: Span): WindowPatch | undefined {
  return to - from < windowMsMin ? undefined : { window: whole({ from, to }) };
}

/** The preset that is at least as long as what was looked at. */
function liveAgain(lengthMs: number): WindowPatch {
  const names = Object.keys(rangeMs) as RangeName[];
  const range = names.find((name) => rangeMs[name] >= lengthMs - 1_000) ?? '1y';
  return { window: undefined, range };
}

/** Whole seconds: an address is read and said. */
function whole({ from, to }: Span): Span {
  return { from: Math.floor(from / 1_000) * 1_000, to: Math.ceil(to / 1_000) * 1_000 };
}

/** Shorter windows show nothing more. */
const windowMsMin = 60_000;
const windowMsMax = 10 * 366 * 86_400_000;
