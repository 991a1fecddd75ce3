import { hourMs } from './calendar.ts';
import type { LampCalendar, Weight } from './lamp-calendar.ts';
import { createTimeline } from './timeline.ts';
import type { Span, Trouble } from './trouble.ts';
import { troubleIn, turnOf } from './trouble.ts';

/** What the lamps of one cabinet hang on: its calendar, and its supply, which is gone at times. */
export interface Cabinet extends Supply {
  dimAt(at: number): number;
  /** Hours that its lamps by themselves burnt so far, weighed; an outage burns nothing. */
  hours(at: number, weight: Weight): number;
  /** Hours with supply so far. */
  suppliedHours(at: number): number;
}

/** The mains of one device. */
export interface Supply {
  isOut(at: number): boolean;
  /** When they go, or come back, next; infinity when not soon. */
  nextChangeAt(at: number): number;
}

const minuteMs = 60_000;

/** Every three hours one of the first five cabinets, for 20 to 40 minutes. */
export function outageTrouble(seed: number): Trouble {
  return {
    salt: seed ^ 0x0c0ffee,
    everyMs: 3 * hourMs,
    among: 5,
    furtherOneIn: 200,
    lastsMs: [20 * minuteMs, 40 * minuteMs],
  };
}

/** `more`: outages of a scenario, in order and apart. */
export function createCabinet(
  number: number,
  calendar: LampCalendar,
  { trouble, more }: { trouble: Trouble; more: readonly Span[] },
): Cabinet {
  const outages = createTimeline({
    firstTurn: 0,
    turnOf: (at) => turnOf(trouble, at),
    spanIn: (turn) => troubleIn(trouble, number, turn),
    more,
    measure: ({ fromAt, toAt }: Span) => ({
      off: (toAt - fromAt) / hourMs,
      load: calendar.hours(toAt, 'load') - calendar.hours(fromAt, 'load'),
      lit: calendar.hours(toAt, 'lit') - calendar.hours(fromAt, 'lit'),
    }),
    zero: { off: 0, load: 0, lit: 0 },
  });

  return {
    dimAt: calendar.dimAt,
    isOut: (at) => outages.at(at) !== undefined,
    nextChangeAt: (at) => {
      let present = outages.at(at);
      if (!present) return outages.next(at)?.fromAt ?? Number.POSITIVE_INFINITY;
      let { toAt } = present;
      // One may follow on the other.
      for (present = outages.at(toAt); present; present = outages.at(toAt)) toAt = present.toAt;
      return toAt;
    },
    hours: (at, weight) => calendar.hours(at, weight) - outages.sumBy(at)[weight],
    suppliedHours: (at) => at / hourMs - outages.sumBy(at).off,
  };
}
