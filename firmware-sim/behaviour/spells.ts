import { isHit, mix, seedOf, unit } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Supply } from '../sensors/cabinet.ts';
import { hourMs } from '../sensors/calendar.ts';
import type { Site } from '../sensors/sensor.ts';
import type { Span } from '../sensors/trouble.ts';

/** A time in which a device has no connection. */
export interface Spell extends Span {
  why: 'reboot' | 'no-mains' | 'no-uplink';
  /** Readings that it takes meanwhile and remembers, the newest; 0 when it is off. */
  keepsMax: number;
}

/** What a device remembers while the whole fleet has lost its connection for a moment. */
const stormKeepsMax = 100;
/** Spells of one device in a run; after these it has no more. */
const spellsMax = 10_000;

export interface SpellsOf {
  site: Site;
  /** Its mains, where it depends on them. */
  supply: Supply | undefined;
  scenario: Pick<Scenario, 'faults' | 'connection'>;
  /** Of the whole run. */
  span: Span;
}

/** All times without a connection, in order and apart: what begins within another one is over with it, or goes on after. */
export function spellsOf(device: SpellsOf): Spell[] {
  const all = [...reboots(device), ...outages(device), ...storms(device), ...darkness(device)];
  const spells: Spell[] = [];
  let freeAt = device.span.fromAt;
  for (const spell of all.sort((a, b) => a.fromAt - b.fromAt)) {
    const fromAt = Math.max(freeAt, spell.fromAt);
    if (fromAt >= spell.toAt || fromAt >= device.span.toAt) continue;
    spells.push({ ...spell, fromAt });
    freeAt = spell.toAt;
  }
  return spells.slice(0, spellsMax);
}

/** One in each turn of `every`, somewhere in it. */
function reboots({ site: { seed, number }, scenario, span }: SpellsOf): Spell[] {
  const { reboots: rule } = scenario.faults;
  if (!rule || !isHit(rule.share, number, rebootSalt)) return [];
  const room = Math.max(0, rule.everyMs - rule.downtimeMs);
  const first = Math.floor(span.fromAt / rule.everyMs);
  const last = Math.min(Math.floor(span.toAt / rule.everyMs), first + spellsMax);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const turn = first + index;
    const fromAt = Math.round(turn * rule.everyMs + unit(seed ^ rebootSalt, turn) * room);
    return { why: 'reboot', fromAt, toAt: fromAt + rule.downtimeMs, keepsMax: 0 };
  });
}

const rebootSalt = seedOf('reboots');

function outages({ site: { seed, number }, scenario, span }: SpellsOf): Spell[] {
  return scenario.faults.uplinkOutages.flatMap((outage, index) => {
    const salt = mix(outageSalt, index);
    if (!isHit(outage.share, number, salt)) return [];
    const fromAt = span.fromAt + outage.afterMs;
    // They find back one after the other.
    const toAt = fromAt + Math.round(outage.lastsMs * (1 + 0.02 * unit(seed, salt)));
    return { why: 'no-uplink', fromAt, toAt, keepsMax: outage.keepsMax };
  });
}

const outageSalt = seedOf('uplink outages');

function storms({ site: { seed, number }, scenario, span }: SpellsOf): Spell[] {
  return scenario.connection.storms.flatMap((storm, index) => {
    const salt = mix(stormSalt, index);
    if (!isHit(storm.share, number, salt)) return [];
    const fromAt = span.fromAt + storm.afterMs;
    const toAt = fromAt + 1 + Math.floor(unit(seed, salt) * storm.backWithinMs);
    return { why: 'no-uplink', fromAt, toAt, keepsMax: stormKeepsMax };
  });
}

const stormSalt = seedOf('reconnect storms');

function darkness({ supply, span }: SpellsOf): Spell[] {
  const spells: Spell[] = [];
  if (!supply) return spells;
  for (let at = span.fromAt; at < span.toAt && spells.length < spellsMax; ) {
    const changeAt = supply.nextChangeAt(at);
    const nextAt = changeAt === Number.POSITIVE_INFINITY ? at + hourMs : changeAt;
    if (supply.isOut(at)) spells.push({ why: 'no-mains', fromAt: at, toAt: nextAt, keepsMax: 0 });
    at = nextAt;
  }
  return spells;
}
