import { civilTime } from './calendar.ts';
import { bell } from './curves.ts';
import type { Events } from './events.ts';

/** Traffic of the day with what a scenario adds: a match, a closed bridge. 1 is the worst rush hour of a usual day. */
export function createTraffic(events: Events): (at: number) => number {
  const rushHours = events.of('rush-hour');
  return (at) => {
    let traffic = trafficAt(at);
    for (const { fromAt, toAt, strength } of rushHours)
      traffic += 0.9 * strength * bell((at - fromAt) / (toAt - fromAt), 0.5, 0.2);
    return traffic;
  };
}

/**
 * How much traffic there is, 0 (none) to 1 (the worst rush hour): two peaks on working days, one
 * long hump on Saturday and a flat one on Sunday.
 */
function trafficAt(at: number): number {
  const { hour, weekday } = civilTime(at);
  if (weekday === 0) return 0.06 + 0.34 * bump(hour, 15, 4);
  if (weekday === 6) return 0.07 + 0.48 * bump(hour, 13, 4.2);
  return (
    0.05 + 0.85 * bump(hour, 7.7, 1.2) + 0.9 * bump(hour, 17.2, 1.7) + 0.45 * bump(hour, 12.5, 2.6)
  );
}

/** A bell of height 1 around an hour of the day; midnight is no border. */
function bump(hour: number, center: number, width: number): number {
  const apart = Math.abs(hour - center);
  const distance = Math.min(apart, 24 - apart);
  return Math.exp(-0.5 * (distance / width) ** 2);
}
