import type { PlannedDevice } from '../fleet.ts';
import { isHit, mix, seedOf, unit } from '../random.ts';
import type { Faults } from '../scenarios/faults.ts';
import type { Span } from '../sensors/trouble.ts';

/** Share of the interval by which a reading may come early or late. */
export const jitterShare = 0.04;

const floodSalt = seedOf('floods');

/** When a device takes readings, about every `intervalMs` since `phaseAt`; half-open, in order, each ms once. */
export function* instantsOf(
  { intervalMs, site: { seed } }: Pick<PlannedDevice, 'intervalMs' | 'site'>,
  { fromAt, toAt, phaseAt }: Span & { phaseAt: number },
): Generator<number> {
  let turn = Math.max(0, Math.floor((fromAt - phaseAt) / intervalMs) - 1);
  for (; ; turn++) {
    const jitter = turn === 0 ? 0 : (2 * unit(seed, turn) - 1) * jitterShare;
    const at = Math.round(phaseAt + (turn + jitter) * intervalMs);
    if (at >= toAt) return;
    if (at >= fromAt) yield at;
  }
}

/** Times in which a device has gone mad, and how often it sends then. */
export function floodsOf(
  { site: { number } }: Pick<PlannedDevice, 'site'>,
  { floods }: Pick<Faults, 'floods'>,
  startAt: number,
): (Span & { everyMs: number })[] {
  return floods
    .filter(({ share }, index) => isHit(share, number, mix(floodSalt, index)))
    .map(({ afterMs, lastsMs, perSecond }) => ({
      fromAt: startAt + afterMs,
      toAt: startAt + afterMs + lastsMs,
      everyMs: 1000 / perSecond,
    }));
}

/** Readings of a device that has gone mad in a stretch of time, the usual ones aside. */
export function* floodInstants(
  flood: Span & { everyMs: number },
  { fromAt, toAt }: Span,
): Generator<number> {
  const beginAt = Math.max(flood.fromAt, fromAt);
  const endAt = Math.min(flood.toAt, toAt);
  const first = Math.max(0, Math.ceil((beginAt - flood.fromAt) / flood.everyMs));
  for (let turn = first; ; turn++) {
    const at = Math.round(flood.fromAt + turn * flood.everyMs);
    if (at >= endAt) return;
    yield at;
  }
}

/** Several of them as one, in order; an instant that two have comes once. */
export function* merged(sources: readonly Iterator<number>[]): Generator<number> {
  const heads = sources.map((source) => ({ source, next: source.next() }));
  let lastAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    let earliest: (typeof heads)[number] | undefined;
    for (const head of heads)
      if (!head.next.done && (!earliest || head.next.value < (earliest.next.value ?? 0)))
        earliest = head;
    if (!earliest || earliest.next.done) return;
    const at = earliest.next.value;
    if (at > lastAt) yield at;
    lastAt = at;
    earliest.next = earliest.source.next();
  }
}
