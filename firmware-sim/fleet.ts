import type { DeviceKind, Location, Station } from '../broker/contract/device.ts';
import type { DeviceKey } from '../broker/contract/ids.ts';
import { deviceKey } from '../broker/contract/ids.ts';
import type { Lamp } from '../broker/contract/lighting.ts';
import type { Container } from '../broker/contract/waste.ts';
import { cabinetId, createCabinets } from './cabinets.ts';
import type { Point } from './city/geometry.ts';
import { contains } from './city/geometry.ts';
import type { City, Spot } from './city.ts';
import { createCity } from './city.ts';
import type { EncodingName } from './encode/registry.ts';
import { mix, seedOf, unit } from './random.ts';
import { lampOf } from './sensors/light.ts';
import type { SensorName } from './sensors/registry.ts';
import type { Site } from './sensors/sensor.ts';
import { clamp } from './sensors/sensor.ts';
import { containerOf, wasteStreamOf } from './sensors/waste.ts';

/** One simulated device: plain data, all that is needed to run it anywhere. */
export interface PlannedDevice {
  provider: string;
  id: string;
  key: DeviceKey;
  kind: DeviceKind;
  name: string;
  model: string;
  location: Location;
  district: string;
  /** Time between two messages. */
  intervalMs: number;
  /** What it is registered with: as its model sends, also where a demonstration sends more often. */
  expectedIntervalMs: number;
  sensor: SensorName;
  encoding: EncodingName;
  site: Site;
  /** What it hangs on: a lamp's cabinet. */
  group?: string;
  lamp?: Lamp;
  container?: Container;
  /** What an environment office knows of a reference station; nothing is said of makers' nodes. */
  station?: Station;
}

/** Who answers for the devices. */
export const providers: readonly { id: string; name: string }[] = [
  { id: 'stadtwerke', name: 'Stadtwerke' },
  { id: 'umweltamt', name: 'Umweltamt' },
  { id: 'abfallwirtschaft', name: 'Abfallwirtschaft' },
  { id: 'makers', name: 'Offene Werkstatt' },
];

export interface FleetOptions {
  seed: string;
  /** 1 to 50,000 and beyond. */
  devices: number;
  /** 1 = as often as real devices send; 0.1 = ten times as often. */
  intervalScale?: number;
  /** Weights of the roles; default: that of the demo, about 45 % lamps, 30 % air, 20 % bins and 5 % noise meters. */
  mix?: FleetMix | undefined;
}

export type FleetMix = Readonly<Record<Role, number>>;

/**
 * Plans a fleet along the roads of a city. A smaller fleet of the same seed and mix is the beginning of a larger
 * one. One in three makers' nodes stands by a
 * reference station, so that the two can be compared.
 */
export function planFleet(
  options: FleetOptions,
  city: City = createCity(options.seed),
): PlannedDevice[] {
  const seed = seedOf(`fleet ${options.seed}`);
  const counts = new Map<string, number>();
  const cabinets = createCabinets(city);
  const roles = options.mix ? rolesOf(options.mix) : demoRoles;
  let last: { spot: Spot; site: Site } | undefined;
  return Array.from({ length: options.devices }, (_, index) => {
    const role = roles[index % roles.length] ?? 'lamp';
    // By another word than ids are counted by: some prefixes are roles.
    const roleNumber = count(counts, `role ${role}`);
    const type = typeOf(role, roleNumber);
    const number = count(counts, type.prefix) + 1;
    const isBeside = type === makersNode && roleNumber % stationEvery === 1;
    const beside = isBeside ? last : undefined;
    const spot = beside?.spot ?? spotOf(city, index);
    const cabinet = type === lamp ? cabinets(number - 1, spot) : undefined;
    const planned = plan({ type, number, seed: mix(seed, index), spot, beside, cabinet }, options);
    if (type === station) last = { spot, site: planned.site };
    return planned;
  });
}

/** One air device in so many is a reference station; the next one after it is a maker's node beside it. */
const stationEvery = 12;

/** Repeated along the fleet, so that any stretch of it has the mix. */
const demoRoles =
  'lamp air bin lamp air lamp bin lamp air lamp sound lamp air bin lamp air lamp air bin lamp'.split(
    ' ',
  ) as readonly Role[];

type Role = 'lamp' | 'air' | 'bin' | 'sound';

/** Spreads the roles evenly: each place goes to the one that is furthest behind its share. */
function rolesOf(mix: FleetMix): Role[] {
  const weights = (Object.entries(mix) as [Role, number][]).filter(([, weight]) => weight > 0);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const given = new Map<Role, number>();
  return Array.from({ length: total }, (_, place) => {
    const behind = ([role, weight]: [Role, number]) =>
      (weight * (place + 1)) / total - (given.get(role) ?? 0);
    const [first] = weights.toSorted((a, b) => behind(b) - behind(a));
    const role = first?.[0] ?? 'lamp';
    given.set(role, (given.get(role) ?? 0) + 1);
    return role;
  });
}

interface DeviceType {
  provider: string;
  prefix: string;
  kind: DeviceKind;
  sensor: SensorName;
  model: string;
  encoding: EncodingName;
  /** Time between two messages of real devices of this type. */
  intervalMs: number;
}

const lamp: DeviceType = {
  provider: 'stadtwerke',
  prefix: 'lamp',
  kind: 'light',
  sensor: 'lamp',
  model: 'LED D4i controller',
  encoding: 'native',
  intervalMs: 300_000,
};
const bin: DeviceType = {
  provider: 'abfallwirtschaft',
  prefix: 'bin',
  kind: 'waste',
  sensor: 'bin',
  model: 'Ultrasonic',
  encoding: 'native',
  intervalMs: 1_200_000,
};
const sound: DeviceType = {
  provider: 'umweltamt',
  prefix: 'sound',
  kind: 'noise',
  sensor: 'sound-meter',
  model: 'Class 1 sound level meter',
  encoding: 'senml',
  intervalMs: 60_000,
};
const airNode: DeviceType = {
  provider: 'umweltamt',
  prefix: 'air',
  kind: 'air',
  sensor: 'air-node',
  model: 'SDS011 + BME280',
  encoding: 'native',
  intervalMs: 150_000,
};
const airNodeSenml: DeviceType = { ...airNode, encoding: 'senml' };
const makersNode: DeviceType = {
  ...airNode,
  provider: 'makers',
  prefix: 'airrohr',
  intervalMs: 145_000,
};
const station: DeviceType = {
  ...airNode,
  prefix: 'station',
  sensor: 'reference-station',
  model: 'Reference station',
  intervalMs: 60_000,
};

function typeOf(role: Role, number: number): DeviceType {
  if (role === 'lamp') return lamp;
  if (role === 'bin') return bin;
  if (role === 'sound') return sound;
  if (number % stationEvery === 0) return station;
  if (number % 4 === 1) return makersNode;
  return number % 4 === 2 ? airNodeSenml : airNode;
}

/** Counts a word, from 0. */
function count(counts: Map<string, number>, word: string): number {
  const before = counts.get(word) ?? 0;
  counts.set(word, before + 1);
  return before;
}

/** Neighbours in the list stand far apart: steps of the golden ratio visit all spots evenly. */
function spotOf({ spots }: City, index: number): Spot {
  const spot = spots[Math.floor(((index * golden) % 1) * spots.length)];
  if (!spot) throw new Error('the city has no roads');
  return spot;
}

const golden = (Math.sqrt(5) - 1) / 2;

interface Draft {
  type: DeviceType;
  number: number;
  seed: number;
  spot: Spot;
  /** The station that it stands by, if any: both breathe the same air. */
  beside?: { site: Site } | undefined;
  /** A lamp's cabinet. */
  cabinet?: number | undefined;
}

function plan(draft: Draft, options: FleetOptions): PlannedDevice {
  const { type, number, seed, spot } = draft;
  const { prefix, intervalMs: usualMs, ...shared } = type;
  const intervalMs = clamp(
    Math.round(usualMs * (options.intervalScale ?? 1)),
    intervalMinMs,
    dayMs,
  );
  const id = `${prefix}-${String(number).padStart(5, '0')}`;
  return {
    ...shared,
    id,
    key: deviceKey(type.provider, id),
    name: nameOf(type, seed, spot),
    model: type.sensor === 'bin' ? `${type.model}, ${wasteStreamOf(seed)}` : type.model,
    location: besideRoad(seed, spot),
    district: spot.district.name,
    intervalMs,
    expectedIntervalMs: Math.max(usualMs, intervalMs),
    ...ownWords(draft),
  };
}

/** Where it stands, and what is registered of its sort. */
function ownWords(
  draft: Draft,
): Pick<PlannedDevice, 'site' | 'group' | 'lamp' | 'container' | 'station'> {
  const { type, number, spot, cabinet } = draft;
  const site = siteOf(draft);
  if (type === station) return { site, station: stationAt(number, spot) };
  if (type.sensor === 'bin') return { site, container: containerOf(site) };
  return cabinet === undefined ? { site } : { site, group: cabinetId(cabinet), lamp: lampOf(site) };
}

function siteOf({ type, number, seed, spot, beside, cabinet }: Draft): Site {
  const own = type === station ? number - 1 : undefined;
  const atStation = beside?.site.station ?? own;
  return {
    seed,
    number: number - 1,
    traffic: beside?.site.traffic ?? (spot.road.level === 1 ? 1 : 0.15 + 0.4 * unit(seed, 7)),
    group: seedOf(cabinet === undefined ? spot.district.name : cabinetId(cabinet)),
    ...(beside ? { air: beside.site.seed } : {}),
    ...(cabinet === undefined ? {} : { cabinet }),
    ...(atStation === undefined ? {} : { station: atStation }),
  };
}

function stationAt(number: number, { road }: Spot): Station {
  const isTraffic = road.level === 1;
  return {
    method: 'reference',
    siteType: isTraffic ? 'traffic' : 'background',
    samplingPoint: `SIM${String(number).padStart(3, '0')}`,
    inletHeightM: isTraffic ? 2.5 : 3.5,
    kerbDistanceM: isTraffic ? 4 : 25,
  };
}

/** The platform expects no device more often. */
const intervalMinMs = 1_000;
const dayMs = 86_400_000;

function nameOf(type: DeviceType, seed: number, { road }: Spot): string {
  if (type.sensor === 'reference-station') return `Messstation ${road.name}`;
  return `${road.name} ${1 + Math.floor(unit(seed, 8) * 160)}`;
}

/** Up to some 15 m off the spot, but never across the border of its district. */
function besideRoad(seed: number, { at, district }: Spot): Location {
  const reach = 0.00014;
  const moved: Point = [
    sixDigits(at[0] + reach * 1.5 * (2 * unit(seed, 9) - 1)),
    sixDigits(at[1] + reach * (2 * unit(seed, 10) - 1)),
  ];
  const [lon, lat] = contains(district.ring, moved) ? moved : at;
  return { lat, lon };
}

function sixDigits(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
