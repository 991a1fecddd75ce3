import type { ContainerState } from '../../../broker/contract/waste.ts';
import {
  type ContainerContext,
  type ContainerFacts,
  type ContainerValues,
  containerFacts,
} from './container-facts.ts';
import {
  type ContainerParameters,
  containerParameters,
  wasteRuleSet as rules,
} from './rule-set.ts';

/** The level that a container has reached; left only some points below. */
export type FillLevel = 'overflow' | 'urgent' | 'due' | 'ok';

/** What the past of a container adds to its newest values. */
export interface ContainerPast {
  level: FillLevel;
  /** The fill that counts; undefined: the newest one. */
  percent?: number | undefined;
  /** Since when it lies on its side; null: it does not. Undefined: nobody looked before. */
  tiltSinceAt?: number | null | undefined;
  isBurning: boolean;
  /** A few temperatures of the last minutes, oldest first. */
  temperatures: readonly { at: number; value: number }[];
  /** When it was emptied last, or (where that was not seen) since when it has been looked at. */
  notEmptiedSinceAt: number | null;
}

export const noPast: ContainerPast = {
  level: 'ok',
  isBurning: false,
  temperatures: [],
  notEmptiedSinceAt: null,
};

export interface ContainerVerdict {
  state: ContainerState;
  level: FillLevel;
  isBurning: boolean;
  isDropped: boolean;
  isLate: boolean;
}

/** How a container stands at an instant, the worst first. Without a past, as far as its newest values say. */
export function judgeContainer(
  values: ContainerValues,
  context: ContainerContext,
  past: ContainerPast = noPast,
): ContainerVerdict {
  return judgeFacts(containerFacts(values, context), context, past);
}

/** The same where the facts are known already. */
export function judgeFacts(
  facts: ContainerFacts,
  { at, container }: ContainerContext,
  past: ContainerPast,
): ContainerVerdict {
  const parameters = containerParameters(container);
  const percent = facts.fill && (past.percent ?? facts.fill.percent);
  const level = percent === null ? past.level : levelOf(percent, past.level, parameters);
  const isBurning = burns(facts, past);
  const isDropped = liesOnSide(facts, at, past);
  const isLate = isOverdue(at, past, parameters);
  const state = worstOf({ isBurning, isDropped, isLate, level: percent === null ? null : level });
  return { state, level, isBurning, isDropped, isLate };
}

/** `level`: null where the fill is not known. */
function worstOf({
  isBurning,
  isDropped,
  isLate,
  level,
}: Pick<ContainerVerdict, 'isBurning' | 'isDropped' | 'isLate'> & {
  level: FillLevel | null;
}): ContainerState {
  if (isBurning) return 'fire';
  if (isDropped) return 'dropped';
  if (level !== null && level !== 'ok') return level;
  if (isLate) return 'late';
  return level === null ? 'no-data' : 'ok';
}

function levelOf(
  percent: number,
  before: FillLevel,
  { collectAtPercent, urgentAtPercent }: ContainerParameters,
): FillLevel {
  const reached = rankOf[before];
  if (isIn(percent, rules.overflowAtPercent, reached >= rankOf.overflow)) return 'overflow';
  if (isIn(percent, urgentAtPercent, reached >= rankOf.urgent)) return 'urgent';
  if (isIn(percent, collectAtPercent, reached >= rankOf.due)) return 'due';
  return 'ok';
}

const rankOf: Readonly<Record<FillLevel, number>> = { ok: 0, due: 1, urgent: 2, overflow: 3 };

/** Once there, it is left only some points below. */
function isIn(percent: number, from: number, wasThere: boolean): boolean {
  return percent >= from - (wasThere ? rules.hysteresisPoints : 0);
}

/**
 * 60 °C, or 10 °C more within 5 minutes: not by warmth alone, the sun heats metal to 50 °C. Over longer times the
 * rise must be as steep. A fire is over below 55 °C, when nothing rises.
 */
function burns(
  { temperature }: ContainerFacts,
  { isBurning, temperatures }: ContainerPast,
): boolean {
  if (!temperature) return false;
  if (temperature.value >= (isBurning ? rules.fireOverC : rules.fireAtC)) return true;
  for (const { at, value } of temperatures) {
    const steps = Math.max(1, (temperature.at - at) / rules.fireRiseMs);
    if (temperature.value - value >= rules.fireRiseC * steps) return true;
  }
  return false;
}

function liesOnSide({ tilt }: ContainerFacts, at: number, { tiltSinceAt }: ContainerPast): boolean {
  if (tilt?.value !== 1) return false;
  return tiltSinceAt === undefined || at - (tiltSinceAt ?? tilt.at) >= rules.tiltMs;
}

function isOverdue(
  at: number,
  { notEmptiedSinceAt }: ContainerPast,
  { lateAfterMs }: ContainerParameters,
): boolean {
  if (notEmptiedSinceAt === null || lateAfterMs === undefined) return false;
  return at - notEmptiedSinceAt > lateAfterMs;
}
