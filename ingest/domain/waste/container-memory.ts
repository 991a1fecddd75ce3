import type { ContainerEvent, ContainerState } from '../../../broker/contract/waste.ts';
import {
  type ContainerContext,
  type ContainerFacts,
  type ContainerValues,
  containerFacts,
} from './container-facts.ts';
import { type ContainerPast, judgeFacts, noPast } from './container-state.ts';
import { type FillMemory, followFill } from './emptying.ts';
import { medianOf } from './fill.ts';
import { wasteRuleSet as rules } from './rule-set.ts';

/** All that is remembered of a container; plain data, so that it may be kept as JSON. */
export interface ContainerMemory {
  state: ContainerState;
  /** Since when, event time. */
  sinceAt: number;
  /** The last instant that was judged. */
  at: number;
  fill: FillMemory | null;
  /** Fills of the present measurement, oldest first. */
  pings: readonly { at: number; percent: number }[];
  level: ContainerPast['level'];
  isBurning: boolean;
  isDropped: boolean;
  isLate: boolean;
  tiltSinceAt: number | null;
  temperatures: ContainerPast['temperatures'];
}

export interface ContainerStep {
  memory: ContainerMemory;
  /** What has just been found to have happened. */
  events: readonly ContainerEvent[];
}

/**
 * Takes the newest values of a container on a stream, at each message and (to notice silence and delay) by the clock.
 * Time does not run backwards: a message that is older than the last call is judged at the instant of that.
 */
export function followContainer(
  before: ContainerMemory | undefined,
  values: ContainerValues,
  asked: ContainerContext,
): ContainerStep {
  const at = Math.max(asked.at, before?.at ?? asked.at);
  const context = at === asked.at ? asked : { ...asked, at };
  const facts = containerFacts(values, context);
  const pings = measurement(before?.pings ?? noPings, facts);
  const { fill, event } = fillStep(before?.fill ?? null, facts, pings);
  const tiltSinceAt = facts.tilt?.value === 1 ? (before?.tiltSinceAt ?? facts.tilt.at) : null;
  const past: ContainerPast = {
    level: (before ?? noPast).level,
    isBurning: (before ?? noPast).isBurning,
    temperatures: (before ?? noPast).temperatures,
    percent: fill?.last.percent,
    tiltSinceAt,
    notEmptiedSinceAt: fill ? (fill.emptiedAt ?? fill.firstAt) : null,
  };
  const { state, level, isBurning, isDropped, isLate } = judgeFacts(facts, context, past);
  const memory: ContainerMemory = {
    state,
    sinceAt: before?.state === state ? before.sinceAt : at,
    at,
    fill,
    pings,
    level,
    isBurning,
    isDropped,
    isLate,
    tiltSinceAt,
    temperatures: temperaturesOf(past.temperatures, facts),
  };
  return { memory, events: eventsOf(before, memory, { facts, event }) };
}

const noPings: ContainerMemory['pings'] = [];

/** The echoes that are one measurement with the newest one. */
function measurement(
  before: ContainerMemory['pings'],
  { fill }: ContainerFacts,
): ContainerMemory['pings'] {
  if (!fill || fill.at <= (before.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) return before;
  const { at, percent } = fill;
  const pings: { at: number; percent: number }[] = [];
  for (const ping of before) if (at - ping.at < rules.pingsMs) pings.push(ping);
  while (pings.length >= rules.pingsMax) pings.shift();
  pings.push({ at, percent });
  return pings;
}

function fillStep(
  before: FillMemory | null,
  { fill }: ContainerFacts,
  pings: ContainerMemory['pings'],
): { fill: FillMemory | null; event: ContainerEvent | null } {
  const percent = fill && medianOf(pings.map(percentOf));
  if (!fill || percent === null) return { fill: before, event: null };
  const { memory, event } = followFill(before ?? undefined, { at: fill.at, percent });
  return { fill: memory, event };
}

function percentOf({ percent }: ContainerMemory['pings'][number]): number {
  return percent;
}

function temperaturesOf(
  before: ContainerPast['temperatures'],
  { temperature }: ContainerFacts,
): ContainerPast['temperatures'] {
  if (!temperature) return before;
  const { at, value } = temperature;
  if (at - (before.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < rules.temperatureStepMs) return before;
  return [...before, { at, value }].slice(-rules.temperaturesMax);
}

const noEvents: readonly ContainerEvent[] = [];

/** What began just now, and the emptying that was just confirmed. */
function eventsOf(
  before: ContainerMemory | undefined,
  { at, level, isBurning, isDropped, fill }: ContainerMemory,
  { facts, event }: { facts: ContainerFacts; event: ContainerEvent | null },
): readonly ContainerEvent[] {
  const isNews =
    (isBurning && !before?.isBurning) ||
    (isDropped && !before?.isDropped) ||
    (level === 'overflow' && before?.level !== 'overflow');
  if (!isNews) return event ? [event] : noEvents;
  const events = event ? [event] : [];
  if (isBurning && !before?.isBurning) {
    const { temperature } = facts;
    const temperatureC = temperature ? { temperatureC: temperature.value } : {};
    events.push({ at: temperature?.at ?? at, event: 'fire', ...temperatureC });
  }
  if (isDropped && !before?.isDropped) events.push({ at, event: 'dropped' });
  if (level === 'overflow' && before?.level !== 'overflow') {
    events.push({
      at: fill?.last.at ?? at,
      event: 'overflow',
      toPercent: fill?.last.percent ?? 100,
    });
  }
  return events;
}
