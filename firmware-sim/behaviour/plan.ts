import type { PlannedDevice } from '../fleet.ts';
import { isHit, mix, seedOf, unit } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Supply } from '../sensors/cabinet.ts';
import type { Span } from '../sensors/trouble.ts';
import type { DeviceClock } from './device-clock.ts';
import { createDeviceClock } from './device-clock.ts';
import type { Spell } from './spells.ts';
import { spellsOf } from './spells.ts';
import type { SendStep, Step, Taken } from './step.ts';
import { floodInstants, floodsOf, instantsOf, merged } from './taken.ts';

export interface PlanOf {
  plan: Pick<PlannedDevice, 'intervalMs' | 'site'>;
  supply: Supply | undefined;
  scenario: Pick<Scenario, 'faults' | 'connection'>;
  /** Simulated time of the whole run; a part of a run is not planned by itself. */
  span: Span;
  /** Readings that go into one message, which is how a long history gets in fast; default 1. */
  samplesPerMessage?: number;
}

/** Readings of one batch of what was remembered. */
const batchMax = 100;
/** Between the batches after an outage. */
const batchGapMs = 250;
/** From power to the first reading. */
const bootMs = 2_000;
/** Messages held back at the same time; further ones go out at once. */
const lateMax = 100;

/**
 * What a device does in a run, step by step: a pure function of its seed and the scenario. Lazy, so that a year of
 * a large fleet costs no memory.
 */
export function* stepsOf(device: PlanOf): Generator<Step> {
  const { plan, span, scenario, supply } = device;
  const { site } = plan;
  const clock = createDeviceClock(site, scenario.faults);
  const outbox = new Outbox(device);
  let phaseAt = Math.round(span.fromAt + unit(site.seed, 71) * plan.intervalMs);
  let bootAt: number | undefined;
  let fromAt = span.fromAt;
  const takenIn = (stretch: Span) => takes(device, { ...stretch, phaseAt, bootAt }, clock);

  for (const spell of spellsOf({ site, supply, scenario, span })) {
    yield* outbox.connected(takenIn({ fromAt, toAt: spell.fromAt }), fromAt, spell.fromAt);
    // The last words of a controller whose capacitor lasts for one more message.
    if (spell.why === 'no-mains') yield* lastWords(spell.fromAt, bootAt, clock);
    yield { do: 'drop', at: spell.fromAt };
    const missed = lastOf(takenIn(spell), spell.keepsMax);
    if (spell.toAt >= span.toAt) return;
    yield { do: 'return', at: spell.toAt };
    yield* batches(missed, spell);
    fromAt = spell.toAt;
    if (spell.why === 'no-uplink') continue;
    bootAt = spell.toAt;
    phaseAt = spell.toAt + bootMs;
  }
  yield* outbox.connected(takenIn({ fromAt, toAt: span.toAt }), fromAt, span.toAt);
  yield* outbox.rest(span.toAt);
}

/** The readings of a stretch in which the device runs. */
function* takes(
  { plan, scenario, span }: PlanOf,
  stretch: Span & { phaseAt: number; bootAt: number | undefined },
  clock: DeviceClock,
): Generator<Taken> {
  const floods = floodsOf(plan, scenario.faults, span.fromAt);
  const usual = instantsOf(plan, stretch);
  const instants =
    floods.length === 0
      ? usual
      : merged([usual, ...floods.map((flood) => floodInstants(flood, stretch))]);
  const { bootAt } = stretch;
  for (const at of instants)
    yield bootAt === undefined ? { at, stampAt: clock(at) } : { at, stampAt: clock(at), bootAt };
}

function* lastWords(
  at: number,
  bootAt: number | undefined,
  clock: DeviceClock,
): Generator<SendStep> {
  const taken = { at, stampAt: clock(at), ...(bootAt === undefined ? {} : { bootAt }) };
  yield { do: 'send', at, taken: [taken] };
}

/** The newest of them; a device overwrites what it remembers from its beginning. */
function lastOf(taken: Iterable<Taken>, max: number): Taken[] {
  if (max === 0) return [];
  const ring: Taken[] = [];
  let count = 0;
  for (const one of taken) ring[count++ % max] = one;
  return ring.sort((a, b) => a.at - b.at);
}

/** What was remembered, oldest first. */
function* batches(missed: readonly Taken[], { toAt }: Spell): Generator<SendStep> {
  for (let from = 0; from < missed.length; from += batchMax) {
    const at = toAt + (from / batchMax) * batchGapMs;
    yield { do: 'send', at, taken: missed.slice(from, from + batchMax) };
  }
}

const duplicateSalt = seedOf('duplicates');
const lateSalt = seedOf('out of order');
const badSalt = seedOf('bad payloads');
/** A doubled message comes so much later. */
const repeatMs = 400;

/** Turns readings into messages: some twice, some late, some malformed. */
class Outbox {
  readonly #seed: number;
  readonly #perMessage: number;
  readonly #duplicates: Scenario['faults']['duplicates'];
  readonly #outOfOrder: Scenario['faults']['outOfOrder'];
  readonly #bad: Scenario['faults']['badPayloads'];
  /** Held back, by the time that they go out at. */
  #late: SendStep[] = [];
  #openedAt = 0;

  constructor({ plan: { site }, scenario: { faults }, samplesPerMessage = 1 }: PlanOf) {
    const has = (fault: { share: number } | undefined, salt: number) =>
      fault !== undefined && isHit(fault.share, site.number, salt);
    this.#seed = site.seed;
    this.#perMessage = samplesPerMessage;
    this.#duplicates = has(faults.duplicates, duplicateSalt) ? faults.duplicates : undefined;
    this.#outOfOrder = has(faults.outOfOrder, lateSalt) ? faults.outOfOrder : undefined;
    this.#bad = has(faults.badPayloads, badSalt) ? faults.badPayloads : undefined;
  }

  /** The messages of a stretch with a connection. */
  *connected(readings: Iterable<Taken>, fromAt: number, toAt: number): Generator<SendStep> {
    this.#openedAt = fromAt;
    let taken: Taken[] = [];
    for (const one of readings) {
      taken.push(one);
      if (taken.length < this.#perMessage) continue;
      yield* this.#send(taken, one.at);
      taken = [];
    }
    const last = taken.at(-1);
    if (last) yield* this.#send(taken, last.at);
    yield* this.#due(toAt - 1);
  }

  /** What is still held back goes out at the end. */
  *rest(endAt: number): Generator<SendStep> {
    for (const step of this.#late.splice(0)) yield { ...step, at: endAt };
  }

  *#send(taken: readonly Taken[], at: number): Generator<SendStep> {
    yield* this.#due(at);
    const draw = (salt: number) => mix(this.#seed ^ salt, at);
    const late = this.#outOfOrder;
    if (late && draw(lateSalt) % late.oneIn === 0 && this.#late.length < lateMax) {
      this.#hold({ do: 'send', at: at + late.lateMs, taken });
      return;
    }
    const bad = this.#bad;
    const isBad = bad && taken.length === 1 && draw(badSalt) % bad.oneIn === 0;
    const kind = isBad ? bad.kinds[draw(badSalt ^ 1) % bad.kinds.length] : undefined;
    yield { do: 'send', at, taken, ...(kind === undefined ? {} : { spoil: kind }) };
    if (kind !== undefined) return;
    const again = this.#duplicates;
    if (again && draw(duplicateSalt) % again.oneIn === 0)
      this.#hold({ do: 'send', at: at + repeatMs, taken, isRepeat: true });
  }

  #hold(step: SendStep): void {
    this.#late.push(step);
    this.#late.sort((a, b) => a.at - b.at);
  }

  /** What was held back until `at`; what became due without a connection goes out now. */
  *#due(at: number): Generator<SendStep> {
    while (this.#late[0] && this.#late[0].at <= at) {
      const step = this.#late.shift();
      if (step) yield { ...step, at: Math.max(step.at, this.#openedAt) };
    }
  }
}
