import { CompensatedSum } from '../compensated-sum.ts';
import { holdMsMax } from '../roll-up.ts';

/** Values of one series in ascending order of time, without those that are bad. */
export interface Series {
  at: readonly number[];
  value: readonly number[];
}

export interface Span {
  /** Half-open, epoch ms UTC. */
  from: number;
  to: number;
  /** Nominal time between values: more than three of them apart is a gap. */
  intervalMs: number;
}

export interface SpanEnergy {
  /** Null: nothing is known of the whole span. */
  energyKwh: number | null;
  /** Part of the span of which the energy is not known; never filled in. */
  unknownMs: number;
}

const wattMsPerKwh = 3.6e9;

/** Energy of a span: of the counter where there is one, else of the power. */
export function spanEnergy(
  { counter, power }: { counter?: Series | undefined; power?: Series | undefined },
  span: Span,
): SpanEnergy {
  if (counter && counter.at.length > 1) return counterEnergy(counter, span);
  if (power && power.at.length > 0) return powerEnergy(power, span);
  return { energyKwh: null, unknownMs: span.to - span.from };
}

/**
 * Sum of the steps of a counter (kWh); after a reset the new value is the step. A counter goes on counting through a
 * gap, so that only a gap with a reset in it, or one that crosses an end of the span, leaves something unknown.
 */
export function counterEnergy({ at, value }: Series, { from, to, intervalMs }: Span): SpanEnergy {
  const gapMs = holdMsMax(intervalMs);
  const energy = new CompensatedSum();
  let [known, unknownMs, knownTo] = [false, 0, from];
  for (let index = 1; index < at.length; index++) {
    const [begin, end] = [at[index - 1] as number, at[index] as number];
    const overlapMs = Math.min(end, to) - Math.max(begin, from);
    if (overlapMs <= 0) continue;
    if (begin > knownTo) unknownMs += beyond(begin - knownTo, gapMs);
    knownTo = Math.min(end, to);
    const isGap = end - begin > gapMs;
    const step = (value[index] as number) - (value[index - 1] as number);
    const crosses = overlapMs < end - begin;
    if (isGap && (crosses || step < 0)) unknownMs += overlapMs;
    if (isGap && crosses) continue;
    const counted = step < 0 ? (value[index] as number) : step;
    energy.add((counted * overlapMs) / (end - begin));
    known = true;
  }
  unknownMs += beyond(to - knownTo, gapMs);
  return { energyKwh: known ? energy.value : null, unknownMs };
}

/** Power (W) held until the next value, unless that is too far: then nobody knows. */
export function powerEnergy(power: Series, span: Span): SpanEnergy {
  const { sum, knownMs, unknownMs } = held(power, span);
  return { energyKwh: knownMs > 0 ? sum / wattMsPerKwh : null, unknownMs };
}

/** How long a lamp was on in a span, by `lamp_on`; null: nothing is known. */
export function litTime(lampOn: Series, span: Span): { litMs: number | null; unknownMs: number } {
  const { sum, knownMs, unknownMs } = held(lampOn, span);
  return { litMs: knownMs > 0 ? sum : null, unknownMs };
}

/** Integral of a state over time. */
function held({ at, value }: Series, { from, to, intervalMs }: Span) {
  const holdMs = holdMsMax(intervalMs);
  const sum = new CompensatedSum();
  let [knownMs, unknownMs, knownTo] = [0, 0, from];
  for (let index = 0; index < at.length; index++) {
    const begin = at[index] as number;
    if (begin >= to) break;
    const end = Math.min(at[index + 1] ?? to, to);
    if (end - begin > holdMs || end <= from) continue;
    const heldFrom = Math.max(begin, from);
    unknownMs += beyond(heldFrom - knownTo, holdMs);
    sum.add((value[index] as number) * (end - heldFrom));
    knownMs += end - heldFrom;
    knownTo = end;
  }
  unknownMs += beyond(to - knownTo, holdMs);
  return { sum: sum.value, knownMs, unknownMs };
}

/** Less than a gap at an end of the span is no lack: values do not come at the instant that is asked for. */
function beyond(missingMs: number, gapMs: number): number {
  return missingMs > gapMs ? missingMs : 0;
}

/** `1 - E / (Pnom × hours)`: what dimming and outages spare of burning at nominal power. */
export function savingShare(of: {
  energyKwh: number;
  nominalPowerW: number;
  lightingMs: number;
}): number | null {
  const fullKwh = (of.nominalPowerW * of.lightingMs) / wattMsPerKwh;
  return fullKwh > 0 ? 1 - of.energyKwh / fullKwh : null;
}

/** Time that lamps burned of the time that they should have; never more than all of it. */
export function availabilityShare(litMs: number, scheduledMs: number): number | null {
  return scheduledMs > 0 ? Math.min(1, litMs / scheduledMs) : null;
}
