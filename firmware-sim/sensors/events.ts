import { isHit, mix, seedOf } from '../random.ts';
import type { ScenarioEvent } from '../scenarios/events.ts';
import type { Span } from './trouble.ts';

/** What a scenario lets happen, and when its time begins. */
export interface Happenings {
  events: readonly ScenarioEvent[];
  startAt: number;
}

export type EventName = ScenarioEvent['event'];

/** A thing that happens, at its place in time. */
export type WorldEvent<Name extends EventName = EventName> = Extract<
  ScenarioEvent,
  { event: Name }
> &
  Span & {
    /** Draws which things it hits. */
    salt: number;
  };

/** What happens in a world beside what its seed brings. */
export interface Events {
  of<Name extends EventName>(name: Name): readonly WorldEvent<Name>[];
}

export function createEvents(seed: string, { events, startAt }: Happenings): Events {
  const placed = events.map((event, index) => {
    const fromAt = startAt + event.afterMs;
    const salt = mix(seedOf(`${seed} ${event.event}`), index);
    return { ...event, fromAt, toAt: fromAt + event.lastsMs, salt };
  });
  const names = new Set(placed.map(({ event }) => event));
  const byName = Object.fromEntries(
    [...names].map((name) => [name, placed.filter(({ event }) => event === name)]),
  ) as { [Name in EventName]?: WorldEvent<Name>[] };
  return { of: (name) => byName[name] ?? none };
}

/** Whether an event that happens to a share of the things hits the one of a number. */
export function hits({ share, salt }: { share: number; salt: number }, number: number): boolean {
  return isHit(share, number, salt);
}

const none: readonly never[] = [];

/** In order and apart: what overlaps is one. */
export function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { fromAt, toAt } of [...spans].sort((a, b) => a.fromAt - b.fromAt)) {
    const last = all.at(-1);
    if (last && fromAt <= last.toAt) last.toAt = Math.max(last.toAt, toAt);
    else all.push({ fromAt, toAt });
  }
  return all;
}
