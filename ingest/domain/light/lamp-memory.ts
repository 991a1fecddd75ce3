import type { LampState } from '../../../broker/contract/lighting.ts';
import {
  type LampContext,
  type LampFacts,
  type LampValues,
  lampFacts,
  silentMsMax,
} from './lamp-facts.ts';
import { judgeFacts, type LampPast, type LampVerdict, noPast } from './lamp-state.ts';
import { lightRuleSet as rules } from './rule-set.ts';

/** How a lamp stands, as it is confirmed. */
export interface LampStanding {
  state: LampState;
  /** Since when, event time; null: since before anybody looked. */
  sinceAt: number | null;
  /** It stands on the lamp's own word. */
  isReported: boolean;
  /** What waits to be confirmed, and since when it has held without a break. */
  pending: { state: LampState; sinceAt: number } | null;
}

/** All that is remembered of a lamp; plain data, so that it may be kept as JSON. */
export interface LampMemory extends LampStanding, LampPast {
  /** The last instant that was judged. */
  at: number;
  isOn: boolean | null;
  isBurning: boolean | null;
  isCommanded: boolean | null;
}

/**
 * Takes the newest values of a lamp on a stream, at each message and (to notice silence) by the clock. Time does not
 * run backwards: a message that is older than the last call is judged at the instant of that.
 */
export function followLamp(
  before: LampMemory | undefined,
  values: LampValues,
  context: LampContext,
): LampMemory {
  const at = Math.max(context.at, before?.at ?? context.at);
  const { intervalMs } = context;
  const facts = lampFacts(values, at === context.at ? context : { ...context, at });
  const past = pastOf(before, facts, at);
  const verdict = judgeFacts(facts, at, past);
  const isGap = before !== undefined && at - before.at > silentMsMax(intervalMs);
  return memoryOf(confirm(before, verdict, { at, isGap }), past, { facts, at });
}

/** Where memory begins with values of before, as after a start: what they say is taken as it is, since unknown. */
export function recallLamp(values: LampValues, context: LampContext): LampMemory {
  const facts = lampFacts(values, context);
  const { state, isReported } = judgeFacts(facts, context.at, noPast);
  const standing = { state, sinceAt: null, isReported, pending: null };
  return memoryOf(standing, noPast, { facts, at: context.at });
}

/** Field by field: it is made for each message of each lamp. */
function memoryOf(
  { state, sinceAt, isReported, pending }: LampStanding,
  { onSinceAt, changesAt }: LampPast,
  { facts, at }: { facts: LampFacts | undefined; at: number },
): LampMemory {
  return {
    state,
    sinceAt,
    isReported,
    pending,
    onSinceAt,
    changesAt,
    isOn: facts?.isOn ?? null,
    isBurning: facts?.isBurning ?? null,
    isCommanded: facts?.isCommanded ?? null,
    at,
  };
}

/** What is judged of a burning lamp only: darkness by day does not disprove it. */
const seenBurning: ReadonlySet<LampState> = new Set([
  'failed',
  'power-high',
  'power-low',
  'power-factor-low',
]);
const calm: ReadonlySet<LampState> = new Set(['on', 'off', 'unknown']);

/**
 * Holds a verdict against what stood before. On, off and silence stand at once; a fault when it has held without a
 * gap for the confirm time. What was found while the lamp burned stands until it burns again: the crew goes by day.
 */
export function confirm(
  before: LampStanding | undefined,
  verdict: LampVerdict,
  { at, isGap = false }: { at: number; isGap?: boolean },
): LampStanding {
  const { state, isReported } = verdict;
  if (calm.has(state)) {
    if (before && isKept(before, verdict)) return standingAs(before, before.isReported, null);
    return stand(before, state, { at, isReported });
  }
  if (before?.state === state) return standingAs(before, isReported, null);
  const held = !isGap && before?.pending?.state === state ? before.pending : undefined;
  const pending = held ?? { state, sinceAt: at };
  if (at - pending.sinceAt >= rules.confirmMs)
    return stand(before, state, { at: pending.sinceAt, isReported });
  if (before && !calm.has(before.state)) return standingAs(before, before.isReported, pending);
  return { ...stand(before, verdict.calm, { at, isReported: false }), pending };
}

function standingAs(
  { state, sinceAt }: LampStanding,
  isReported: boolean,
  pending: LampStanding['pending'],
): LampStanding {
  return { state, sinceAt, isReported, pending };
}

function isKept(before: LampStanding, { state, isPowerJudged }: LampVerdict): boolean {
  if (state === 'unknown' || !seenBurning.has(before.state) || isPowerJudged) return false;
  // What the lamp said by itself, it takes back by itself.
  return !before.isReported;
}

function stand(
  before: LampStanding | undefined,
  state: LampState,
  { at, isReported }: { at: number; isReported: boolean },
): LampStanding {
  const sinceAt = before?.state === state ? before.sinceAt : at;
  return { state, sinceAt, isReported, pending: null };
}

function pastOf(
  before: LampMemory | undefined,
  facts: LampFacts | undefined,
  at: number,
): LampPast {
  const isBurning = facts?.isBurning ?? null;
  let onSinceAt: number | null = null;
  // A lamp that is on when it is first seen, or after silence, is taken to be warm.
  if (facts?.isOn) onSinceAt = before?.isOn === false ? at : (before?.onSinceAt ?? null);
  const hasChanged =
    before !== undefined &&
    before.isBurning !== null &&
    isBurning !== null &&
    before.isBurning !== isBurning;
  const isCommanded = before?.isCommanded !== false && facts?.isCommanded !== false;
  const changesAt = before?.changesAt ?? noPast.changesAt;
  if (!hasChanged || !isCommanded) return { onSinceAt, changesAt };
  return { onSinceAt, changesAt: [...changesAt, at].slice(-rules.cyclingChanges) };
}
