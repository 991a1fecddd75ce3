import type { Lighting } from '../../../broker/contract/lighting.ts';

type Night = NonNullable<Lighting['night']>;

/** Where things stand on a bar of one day, in shares of its width, 0..1. */
export interface NightBar {
  dark: { from: number; to: number };
  now: number;
  /** Every so many hours. */
  hours: { at: number; share: number }[];
}

const hourMs = 3_600_000;
const leadMs = hourMs;
const barMs = 26 * hourMs;
const tickHours = 6;

/**
 * A day from an hour before sunset on. By day the night is the last one, so that now is always on it: the next
 * sunset is never more than a day and some minutes after the last. Further north it may be off: then it stands at the end.
 */
export function nightBar({ from, to }: Night, now: number): NightBar {
  const start = from - leadMs;
  const shareOf = (at: number): number => Math.min(1, Math.max(0, (at - start) / barMs));
  const first = Math.ceil(start / hourMs) * hourMs;
  const hours: NightBar['hours'] = [];
  for (let at = first; at < start + barMs; at += tickHours * hourMs) {
    hours.push({ at, share: shareOf(at) });
  }
  return { dark: { from: shareOf(from), to: shareOf(to) }, now: shareOf(now), hours };
}

/** A night as a bar; share of the largest, null when nothing is known of it. */
export interface NightColumn {
  from: number;
  energyKwh: number | null;
  lamps: number;
  share: number | null;
}

export function nightColumns(nights: Lighting['nights']): NightColumn[] {
  const most = Math.max(0, ...nights.map(({ energyKwh }) => energyKwh ?? 0));
  return nights.map(({ from, energyKwh, lamps }) => ({
    from,
    energyKwh,
    lamps,
    share: energyKwh === null ? null : most > 0 ? energyKwh / most : 0,
  }));
}
