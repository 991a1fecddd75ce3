import type { LampState } from '../../../broker/contract/lighting.ts';
import { type LampContext, type LampFacts, type LampValues, lampFacts } from './lamp-facts.ts';
import { dayFromDeg, nightBelowDeg, lightRuleSet as rules } from './rule-set.ts';

/** What the past of a lamp adds to its newest values. */
export interface LampPast {
  /** Since when it is on; null: it is not, or nobody saw it. */
  onSinceAt: number | null;
  /** When it went dark or lit up while commanded on: the last few, oldest first. */
  changesAt: readonly number[];
}

export interface LampVerdict {
  state: LampState;
  /** As it stands without a fault: `on`, `off` or `unknown`. */
  calm: LampState;
  /** The lamp says by itself that it is broken. */
  isReported: boolean;
  /** Its power could be judged: it is on and warm. */
  isPowerJudged: boolean;
}

export const noPast: LampPast = { onSinceAt: null, changesAt: [] };

/**
 * How a lamp stands at an instant by its newest values alone. Silence is never a lamp failure; what needs a metric,
 * the nominal power or the place is not judged where that is missing. {@link lampStates} are worst first on
 * screens; here the order of evaluation decides.
 */
export function judgeLamp(
  values: LampValues,
  context: LampContext,
  past: LampPast = noPast,
): LampVerdict {
  const facts = lampFacts(values, context);
  return facts ? judgeFacts(facts, context.at, past) : silent;
}

/** The same where the facts are known already; undefined: the lamp is silent. */
export function judgeFacts(
  facts: LampFacts | undefined,
  at: number,
  { onSinceAt, changesAt }: LampPast,
): LampVerdict {
  if (!facts) return silent;
  const isWarm = onSinceAt === null || at - onSinceAt >= facts.type.warmUpMs;
  const isSteady = facts.isOn === true && isWarm;
  const calm = facts.isOn === null ? 'unknown' : facts.isOn ? 'on' : 'off';
  return {
    state: firstThatHolds(facts, { isSteady, changes: changesWithin(changesAt, at) }) ?? calm,
    calm,
    isReported: facts.hasFault,
    isPowerJudged: isSteady && facts.powerW !== null && facts.expectedPowerW !== null,
  };
}

function changesWithin(changesAt: readonly number[], at: number): number {
  let count = 0;
  for (const changeAt of changesAt) if (at - changeAt <= rules.cyclingMs) count += 1;
  return count;
}

function firstThatHolds(facts: LampFacts, situation: Situation): LampState | undefined {
  for (const { state, holds } of order) if (holds(facts, situation)) return state;
  return undefined;
}

const silent: LampVerdict = {
  state: 'unknown',
  calm: 'unknown',
  isReported: false,
  isPowerJudged: false,
};

/** What the past adds to the facts. */
interface Situation {
  /** On, and its warm-up is over. */
  isSteady: boolean;
  changes: number;
}

/** The rules in the order of their evaluation; the first that holds stands. */
const order: readonly {
  state: LampState;
  holds(lamp: LampFacts, situation: Situation): boolean;
}[] = [
  { state: 'supply-loss', holds: (lamp) => below(lamp.voltageV, supplyLossV) },
  { state: 'failed', holds: (lamp) => lamp.hasFault },
  {
    state: 'failed',
    holds: (lamp, { isSteady }) => isSteady && below(lamp.powerW, lowestW(lamp)),
  },
  {
    state: 'day-burner',
    holds: (lamp) => isDay(lamp) && (lamp.isOn === true || lamp.isBurning === true),
  },
  {
    state: 'unexpected-on',
    holds: ({ isOn, isBurning }) => isOn === false && isBurning === true,
  },
  {
    state: 'power-high',
    holds: (lamp, { isSteady }) => isSteady && above(lamp.powerW, toleratedW(lamp, 1)),
  },
  // Without a dim level it may be dimmed: less power than at full light says nothing.
  {
    state: 'power-low',
    holds: (lamp, { isSteady }) =>
      isSteady && lamp.dim !== null && below(lamp.powerW, toleratedW(lamp, -1)),
  },
  {
    state: 'power-factor-low',
    holds: (lamp, { isSteady }) => isSteady && isHalfLit(lamp) && hasLowPowerFactor(lamp),
  },
  { state: 'cycling', holds: (_, { changes }) => changes >= rules.cyclingChanges },
  { state: 'dark-at-night', holds: (lamp) => isNight(lamp) && lamp.isOn === false },
  { state: 'voltage-high', holds: (lamp) => above(lamp.voltageV, rules.supplyMaxV) },
  { state: 'voltage-low', holds: (lamp) => below(lamp.voltageV, rules.supplyMinV) },
];

const supplyLossV = rules.supplyLossShare * rules.supplyV;

function below(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value < limit;
}

function above(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value > limit;
}

function lowestW({ expectedPowerW }: LampFacts): number | null {
  return expectedPowerW === null ? null : rules.failedShare * expectedPowerW;
}

function toleratedW({ expectedPowerW, type }: LampFacts, sign: 1 | -1): number | null {
  return expectedPowerW === null ? null : expectedPowerW * (1 + sign * type.powerToleranceShare);
}

/** The sun is up, and above the angle at which this lamp switches. */
function isDay({ sunDeg, type }: LampFacts): boolean {
  return above(sunDeg, dayFromDeg(type));
}

function isNight({ sunDeg, type }: LampFacts): boolean {
  return below(sunDeg, nightBelowDeg(type));
}

/** By its dim level; where it reports none, by the power that it draws. */
function isHalfLit({ dim, powerW, type }: LampFacts): boolean {
  if (dim !== null) return dim >= rules.powerFactorFromShare;
  if (powerW === null || type.nominalPowerW === undefined) return false;
  const light = (powerW / type.nominalPowerW - rules.driverShare) / rules.lightShare;
  return light >= rules.powerFactorFromShare;
}

/** Some meters give it a sign for the direction of energy. */
function hasLowPowerFactor({ powerFactor, type }: LampFacts): boolean {
  return powerFactor !== null && Math.abs(powerFactor) < type.powerFactorMin;
}
