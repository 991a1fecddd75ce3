import type { LampState } from '../../../broker/contract/lighting.ts';
import { type LampContext, type LampFacts, type LampValues, lampFacts } from './lamp-facts.ts';
import { lightRuleSet as rules } from './rule-set.ts';

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
  const changes = changesAt.filter((changeAt) => at - changeAt <= rules.cyclingMs).length;
  const situation: Situation = { ...facts, isSteady: facts.isOn === true && isWarm, changes };
  const calm = facts.isOn === null ? 'unknown' : facts.isOn ? 'on' : 'off';
  return {
    state: order.find(([, holds]) => holds(situation))?.[0] ?? calm,
    calm,
    isReported: facts.hasFault,
    isPowerJudged: situation.isSteady && facts.powerW !== null && facts.expectedPowerW !== null,
  };
}

const silent: LampVerdict = {
  state: 'unknown',
  calm: 'unknown',
  isReported: false,
  isPowerJudged: false,
};

interface Situation extends LampFacts {
  /** On, and its warm-up is over. */
  isSteady: boolean;
  changes: number;
}

/** The rules in the order of their evaluation; the first that holds stands. */
const order: readonly (readonly [LampState, (situation: Situation) => boolean])[] = [
  ['supply-loss', ({ voltageV }) => below(voltageV, rules.supplyLossShare * rules.supplyV)],
  ['failed', ({ hasFault }) => hasFault],
  ['failed', (lamp) => lamp.isSteady && below(lamp.powerW, lowestW(lamp))],
  ['day-burner', (lamp) => isDay(lamp) && (lamp.isOn === true || lamp.isBurning === true)],
  ['unexpected-on', ({ isOn, isBurning }) => isOn === false && isBurning === true],
  ['power-high', (lamp) => lamp.isSteady && above(lamp.powerW, toleratedW(lamp, 1))],
  // Without a dim level it may be dimmed: less power than at full light says nothing.
  [
    'power-low',
    (lamp) => lamp.isSteady && lamp.dim !== null && below(lamp.powerW, toleratedW(lamp, -1)),
  ],
  ['power-factor-low', (lamp) => lamp.isSteady && isHalfLit(lamp) && hasLowPowerFactor(lamp)],
  ['cycling', ({ changes }) => changes >= rules.cyclingChanges],
  ['dark-at-night', (lamp) => isNight(lamp) && lamp.isOn === false],
  ['voltage-high', ({ voltageV }) => above(voltageV, rules.supplyMaxV)],
  ['voltage-low', ({ voltageV }) => below(voltageV, rules.supplyMinV)],
];

function below(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value < limit;
}

function above(value: number | null, limit: number | null): boolean {
  return value !== null && limit !== null && value > limit;
}

function lowestW({ expectedPowerW }: Situation): number | null {
  return expectedPowerW === null ? null : rules.failedShare * expectedPowerW;
}

function toleratedW({ expectedPowerW, type }: Situation, sign: 1 | -1): number | null {
  return expectedPowerW === null ? null : expectedPowerW * (1 + sign * type.powerToleranceShare);
}

/** The sun is up, and above the angle at which this lamp switches. */
function isDay({ sunDeg, type }: Situation): boolean {
  return above(sunDeg, Math.max(0, type.switchingAngleDeg));
}

function isNight({ sunDeg, type }: Situation): boolean {
  return below(sunDeg, type.switchingAngleDeg - rules.darkGraceDeg);
}

/** By its dim level; where it reports none, by the power that it draws. */
function isHalfLit({ dim, powerW, type }: Situation): boolean {
  if (dim !== null) return dim >= rules.powerFactorFromShare;
  if (powerW === null || type.nominalPowerW === undefined) return false;
  const light = (powerW / type.nominalPowerW - rules.driverShare) / rules.lightShare;
  return light >= rules.powerFactorFromShare;
}

/** Some meters give it a sign for the direction of energy. */
function hasLowPowerFactor({ powerFactor, type }: Situation): boolean {
  return powerFactor !== null && Math.abs(powerFactor) < type.powerFactorMin;
}
