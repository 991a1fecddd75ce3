import type { Lamp } from '../../broker/contract/lighting.ts';
import { between, gauss, mix, smoothNoise, unit } from '../random.ts';
import type { Supply } from './cabinet.ts';
import { dayMs, hourMs } from './calendar.ts';
import type { Weight } from './lamp-calendar.ts';
import {
  calendarStartAt,
  powerShare,
  programmeOf,
  switchingAngleOf,
  weightOf,
} from './lamp-calendar.ts';
import { troublesOfLamp } from './lamp-troubles.ts';
import type { Sensor, Site, Values } from './sensor.ts';
import { roundTo } from './sensor.ts';
import type { World } from './world.ts';

/** LED luminaires as they are sold, W. */
const wattages = [24, 36, 48, 72] as const;
/** The driver's own draw while the light is off, W. */
const standbyW = 0.4;

/** What a lamp was told to do: an input of its values, like the time. */
export interface LampOverride {
  /** Share of full light; undefined: as its calendar says. */
  dim: number | undefined;
  /** What its counters of hours stood at then, less what they would have come to had it always been like this. */
  offset: Readonly<Record<Weight, number>>;
}

/** A lamp that can be told what to do. */
export interface SteeredLamp {
  /** A pure function of the time and of what it was told. */
  read(at: number, override?: LampOverride): Values;
  /** What it is told from now on; undefined: by its calendar again. */
  told(before: LampOverride | undefined, dim: number | undefined, at: number): LampOverride;
  isBroken(at: number): boolean;
}

/** What its owner registers; the same numbers as it measures by. */
export function lampOf({ seed, group }: Pick<Site, 'seed' | 'group'>): Lamp {
  return {
    nominalPowerW: nominalOf(seed),
    standbyPowerW: 0.5,
    switchingAngleDeg: switchingAngleOf(programmeOf(group)),
  };
}

function nominalOf(seed: number): number {
  return wattages[mix(seed, 2) % wattages.length] ?? 36;
}

/** This part of the lamps has a battery for its controller, and goes on saying that there is no mains. */
const bufferedShare = 0.4;

/** The mains of a lamp, unless its controller does not depend on them. */
export function supplyOf({ seed, group, cabinet }: Site, world: World): Supply | undefined {
  if (cabinet === undefined || unit(seed, 6) < bufferedShare) return undefined;
  return world.cabinet(cabinet, programmeOf(group));
}

/** A street lamp that nobody tells anything. */
export function createLamp(site: Site, world: World): Sensor {
  const { read } = createSteeredLamp(site, world);
  return (at) => read(at);
}

/**
 * A street lamp with its controller: on between dusk and dawn, dimmed late at night, or as it was told. The
 * counters of energy and hours follow the light exactly. A failed lamp draws next to nothing, but still answers.
 */
export function createSteeredLamp(site: Site, world: World): SteeredLamp {
  const { seed, group, cabinet: number = 0 } = site;
  const cabinet = world.cabinet(number, programmeOf(group));
  const nominalW = nominalOf(seed) * between(mix(seed, 3), 0.97, 1.03);
  const installedAt = calendarStartAt + unit(seed, 5) * 5 * 365 * dayMs;
  const troubles = troublesOfLamp(site, cabinet, { installedAt, world });
  const before = {
    load: cabinet.hours(installedAt, 'load'),
    lit: cabinet.hours(installedAt, 'lit'),
    supplied: cabinet.suppliedHours(installedAt),
  };

  /** Hours that it would have come to by `dim` all the time; undefined: by itself. */
  const always = (dim: number | undefined, at: number, weight: Weight): number => {
    const sums = troubles.sumBy(at);
    if (dim === undefined) return cabinet.hours(at, weight) - before[weight] + sums[weight];
    return weightOf(dim, weight) * (cabinet.suppliedHours(at) - before.supplied - sums.broken);
  };
  const counted = (at: number, weight: Weight, override: LampOverride | undefined): number =>
    Math.max(0, always(override?.dim, at, weight) + (override?.offset[weight] ?? 0));

  return {
    isBroken: (at) => troubles.at(at)?.dim === 0,
    told: (former, dim, at) => {
      const offset = (weight: Weight) => counted(at, weight, former) - always(dim, at, weight);
      return { dim, offset: { load: offset('load'), lit: offset('lit') } };
    },
    read: (at, override) => {
      const trouble = troubles.at(at);
      const isBroken = trouble?.dim === 0;
      const wanted = override?.dim ?? trouble?.dim ?? cabinet.dimAt(at);
      const dim = isBroken ? cabinet.dimAt(at) : wanted;
      const isSupplied = !cabinet.isOut(at);
      const isLit = dim > 0 && !isBroken && isSupplied;
      const tick = Math.floor(at / 1000);
      const lampW = nominalW * powerShare(dim) * (1 + 0.006 * gauss(seed, tick));
      const load = counted(at, 'load', override);
      const lit = counted(at, 'lit', override);
      const suppliedHours = cabinet.suppliedHours(at) - before.supplied;
      return {
        lamp_on: isLit ? 1 : 0,
        lamp_fault: isBroken ? 1 : 0,
        dim_level: Math.round(dim * 100),
        power: roundTo(isLit ? lampW : isSupplied ? standbyW : 0, 1),
        voltage: isSupplied
          ? roundTo(mainsVoltage(group, at) + 0.3 * gauss(seed ^ 0x77, tick), 1)
          : 0,
        power_factor: isSupplied ? roundTo(powerFactor(isLit ? dim : 0, seed, tick), 2) : 0,
        energy: roundTo((standbyW * (suppliedHours - lit) + nominalW * load) / 1000, 3),
        operating_hours: Math.floor(lit),
      };
    },
  };
}

/** Drivers are good at full light and poor at little of it (no fault below half light). */
function powerFactor(dim: number, seed: number, tick: number): number {
  return 0.42 + 0.55 * dim ** 0.3 + 0.004 * gauss(seed ^ 0x78, tick);
}

/** All lamps of a cabinet see the same mains: lower in the evening, when the city cooks. */
function mainsVoltage(group: number, at: number): number {
  return (
    231 + 2.2 * smoothNoise(group, at / (2 * hourMs)) + 1.1 * smoothNoise(group ^ 1, at / 600_000)
  );
}
