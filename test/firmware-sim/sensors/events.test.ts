import { describe, expect, it } from 'vitest';
import { createCity } from '../../../firmware-sim/city.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import type { ScenarioEvent } from '../../../firmware-sim/scenarios/events.ts';
import { particlesAt } from '../../../firmware-sim/sensors/air.ts';
import { dayMs, hourMs } from '../../../firmware-sim/sensors/calendar.ts';
import { joined } from '../../../firmware-sim/sensors/events.ts';
import { smokeAt } from '../../../firmware-sim/sensors/fireworks.ts';
import { supplyOf } from '../../../firmware-sim/sensors/light.ts';
import type { SensorName } from '../../../firmware-sim/sensors/registry.ts';
import { createSensor } from '../../../firmware-sim/sensors/registry.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';

const city = createCity('demo');
const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
const startAt = Date.UTC(2026, 10, 16, 23);
const minuteMs = 60_000;
const usual = createWorld('demo', city.center);

const worldOf = (...events: ScenarioEvent[]) =>
  createWorld('demo', city.center, { events, startAt });
const ofSensor = (name: SensorName) => fleet.filter(({ sensor }) => sensor === name);
const readerOf = ({ sensor, site }: PlannedDevice, world = usual) =>
  createSensor(sensor, site, world);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const first = (name: SensorName): PlannedDevice => {
  const [device] = ofSensor(name);
  if (!device) throw new Error(`no ${name}`);
  return device;
};
/** How an inversion or the lack of it lets particles stand over the city. */
const thickness = (world: typeof usual, at: number) =>
  mean(ofSensor('reference-station').map(({ site }) => particlesAt(site, world, at).pm10));

describe('fireworks', () => {
  const night = { event: 'fireworks', afterMs: 0, lastsMs: 50 * minuteMs, strength: 1 } as const;
  const still = {
    event: 'inversion',
    afterMs: -12 * hourMs,
    lastsMs: 48 * hourMs,
    strength: 0.6,
  } as const;
  const world = worldOf(night, still);
  const stations = fleet.filter(({ kind }) => kind === 'air');
  const smoke = (hours: number, { site }: PlannedDevice) =>
    smokeAt(site, world, startAt + hours * hourMs);
  /** Mean of the first hour, as a reference station reports it. */
  const firstHour = (device: PlannedDevice) =>
    mean(Array.from({ length: 60 }, (_, minute) => smoke(minute / 60, device)));

  it('fill the first hour with hundreds of µg/m³, here and there with more than 1,000', () => {
    const hours = stations.map(firstHour).sort((a, b) => a - b);
    expect(hours[0]).toBeGreaterThan(80);
    expect(hours[Math.floor(hours.length / 2)]).toBeGreaterThan(300);
    expect(hours[Math.floor(hours.length / 2)]).toBeLessThan(900);
    expect(hours.at(-1)).toBeGreaterThan(1000);
    expect(hours.at(-1)).toBeLessThan(1500);
  });

  it('begin with a few rockets in the evening, peak after midnight and thin out over hours', () => {
    for (const device of stations.slice(0, 10)) {
      const [evening = 0, before = 0, peak = 0, later = 0, morning = 0, noon = 0] = [
        -9, -0.5, 0.5, 3, 6, 12,
      ].map((hours) => smoke(hours, device));
      expect(evening).toBe(0);
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(0.05 * peak);
      expect(later).toBeLessThan(0.75 * peak);
      expect(morning).toBeLessThan(0.45 * peak);
      expect(noon).toBeLessThan(0.1 * peak);
    }
  });

  it('are gone in three hours where the wind blows', () => {
    const windy = worldOf(night, {
      event: 'weather-front',
      afterMs: -6 * hourMs,
      lastsMs: 15 * hourMs,
      strength: 1,
    });
    expect(windy.weather(startAt).wind).toBeGreaterThan(7);
    const [device] = stations;
    if (!device) throw new Error('no station');
    const at = (hours: number) => smokeAt(device.site, windy, startAt + hours * hourMs);
    expect(at(0.5)).toBeLessThan(0.6 * smoke(0.5, device));
    expect(at(3)).toBeLessThan(0.06 * at(0.5));
  });

  it('are seen by stations and nodes alike, by each as far as it can, and heard', () => {
    const at = startAt + 0.5 * hourMs;
    for (const name of ['reference-station', 'air-node'] as const)
      for (const device of ofSensor(name)) {
        const { pm10 = 0, pm2_5 = 0 } = readerOf(device, world)(at);
        expect(pm10).toBeGreaterThan((readerOf(device)(at).pm10 ?? 0) + 100);
        expect(pm10).toBeLessThan(name === 'air-node' ? 1000 : 2000);
        expect(pm2_5).toBeGreaterThan(0.6 * pm10);
      }
    const meter = first('sound-meter');
    const loud = (world_: typeof usual, hours: number) =>
      readerOf(meter, world_)(startAt + hours * hourMs).noise ?? 0;
    expect(loud(world, 0.1)).toBeGreaterThan(75);
    expect(loud(world, 4)).toBeLessThan(loud(usual, 4) + 1);
  });
});

describe('a weather front', () => {
  const world = worldOf({
    event: 'weather-front',
    afterMs: 6 * hourMs,
    lastsMs: 12 * hourMs,
    strength: 1,
  });
  const difference = (key: 'temperature' | 'pressure' | 'wind' | 'rain', hours: number) => {
    const at = startAt + hours * hourMs;
    return world.weather(at)[key] - usual.weather(at)[key];
  };

  it('changes nothing before it', () => {
    expect(world.weather(startAt + 6 * hourMs)).toEqual(usual.weather(startAt + 6 * hourMs));
  });

  it('lets pressure fall for hours and rise again', () => {
    expect(difference('pressure', 8)).toBeLessThan(-2);
    expect(difference('pressure', 10.2)).toBeLessThan(-8.5);
    expect(difference('pressure', 16)).toBeGreaterThan(-3);
    expect(difference('pressure', 18)).toBeCloseTo(0, 5);
  });

  it('drops the temperature at its passage, with gusts and rain', () => {
    expect(difference('temperature', 10)).toBeCloseTo(0, 5);
    expect(difference('temperature', 11.5)).toBeLessThan(-6);
    expect(difference('wind', 10.8)).toBeGreaterThan(6);
    expect(world.weather(startAt + 11 * hourMs).rain).toBeGreaterThan(0.8);
  });

  it('turns the wind to the north-west at its passage', () => {
    const from = (hours: number) =>
      ((world.weather(startAt + hours * hourMs).windFrom % 360) + 360) % 360;
    expect(from(10)).toBeCloseTo(
      ((usual.weather(startAt + 10 * hourMs).windFrom % 360) + 360) % 360,
      5,
    );
    expect(from(11.5)).toBeCloseTo(310, 0);
  });

  it('washes particles out, and its air stays clean for a day', () => {
    const share = (hours: number) =>
      thickness(world, startAt + hours * hourMs) / thickness(usual, startAt + hours * hourMs);
    expect(share(5)).toBe(1);
    expect(share(12)).toBeLessThan(0.5);
    expect(share(24)).toBeLessThan(0.75);
    expect(share(90)).toBeGreaterThan(0.95);
  });
});

describe('an inversion', () => {
  const world = worldOf({ event: 'inversion', afterMs: 0, lastsMs: 4 * dayMs, strength: 1 });
  const share = (days: number) =>
    thickness(world, startAt + days * dayMs) / thickness(usual, startAt + days * dayMs);

  it('builds up from day to day, without wind or rain, and breaks up within hours', () => {
    const days = [0.5, 1.5, 2.5, 3.5].map(share);
    expect(days).toEqual([...days].sort((a, b) => a - b));
    expect(days[0]).toBeGreaterThan(1.3);
    expect(days[3]).toBeGreaterThan(3);
    const { wind, windFrom, rain } = world.weather(startAt + 2 * dayMs);
    expect(((windFrom % 360) + 360) % 360).toBeCloseTo(90, 0);
    expect(wind).toBeLessThan(0.25 * usual.weather(startAt + 2 * dayMs).wind + 0.01);
    expect(rain).toBe(0);
    expect(share(4.5)).toBeLessThan(1.05);
  });
});

describe('the wind', () => {
  it('from the continent brings more particles than wind from the sea', () => {
    const [{ site }] = ofSensor('reference-station') as [PlannedDevice];
    const weather = usual.weather(startAt);
    const pm = (windFrom: number) =>
      particlesAt(site, usual, startAt, { ...weather, windFrom }).pm2_5;
    expect(pm(90)).toBeGreaterThan(1.1 * pm(270));
    expect(pm(90 + 360)).toBeCloseTo(pm(90), 9);
  });

  it('comes from the south-west most of the time, and from the east at times', () => {
    const from = Array.from({ length: 1000 }, (_, n) => {
      const { windFrom } = usual.weather(startAt + n * 8 * hourMs);
      return ((windFrom % 360) + 360) % 360;
    });
    expect(from.filter((one) => one > 180 && one < 315).length).toBeGreaterThan(500);
    expect(from.filter((one) => one > 45 && one < 135).length).toBeGreaterThan(50);
  });
});

describe('a rush hour', () => {
  it('brings traffic, nitrogen dioxide and noise to a Sunday morning', () => {
    const sunday = 4 * dayMs + 8 * hourMs;
    const world = worldOf({
      event: 'rush-hour',
      afterMs: sunday,
      lastsMs: 3 * hourMs,
      strength: 1,
    });
    const at = startAt + sunday + 1.5 * hourMs;
    expect(world.traffic(at)).toBeGreaterThan(usual.traffic(at) + 0.8);
    const grown = (name: SensorName, metric: 'no2' | 'noise') =>
      (readerOf(first(name), world)(at)[metric] ?? 0) - (readerOf(first(name))(at)[metric] ?? 0);
    expect(grown('reference-station', 'no2')).toBeGreaterThan(8);
    expect(grown('sound-meter', 'noise')).toBeGreaterThan(3);
    expect(world.traffic(startAt)).toBeCloseTo(usual.traffic(startAt), 3);
  });
});

describe('an outage of cabinets', () => {
  const outage = {
    event: 'cabinet-outage',
    afterMs: 10 * hourMs,
    lastsMs: 10 * hourMs,
    share: 0.4,
  } as const;
  const world = worldOf(outage);
  const lamps = ofSensor('lamp');
  const readers = new Map(
    [world, usual].map((of) => [of, new Map(lamps.map((lamp) => [lamp, readerOf(lamp, of)]))]),
  );
  const isDark = (device: PlannedDevice, hours: number, of = world) =>
    readers.get(of)?.get(device)?.(startAt + hours * hourMs).voltage === 0;

  it('takes two of five, for exactly its time, beside those that the seed brings', () => {
    const dark = lamps.filter((lamp) => isDark(lamp, 15));
    const hit = new Set(dark.map(({ group }) => group));
    const own = new Set(lamps.filter((lamp) => isDark(lamp, 15, usual)).map(({ group }) => group));
    expect([2, 2 + own.size]).toContain(hit.size);
    const more = [...hit].filter((group) => !own.has(group));
    const members = lamps.filter(({ group }) => more.includes(group));
    for (const hours of [10, 12.9, 13.1, 19.99]) {
      expect(members.every((lamp) => isDark(lamp, hours))).toBe(true);
    }
  });

  it('is one spell to those on the mains, and burns nothing', () => {
    const device = lamps.find((lamp) => isDark(lamp, 15) && supplyOf(lamp.site, world));
    const supply = device && supplyOf(device.site, world);
    if (!device || !supply) throw new Error('no lamp on the mains is hit');
    const fromAt = startAt + 10 * hourMs;
    expect(supply.isOut(fromAt)).toBe(true);
    expect(supply.nextChangeAt(fromAt)).toBeGreaterThanOrEqual(fromAt + 10 * hourMs);
    const read = readerOf(device, world);
    const energy = (hours: number) => read(startAt + hours * hourMs).energy;
    expect(energy(20)).toBe(energy(10));
    expect(energy(30)).toBeGreaterThan(energy(20) ?? 0);
    // Asked in another order, a counter of any age is the same.
    const other = readerOf(device, worldOf(outage));
    expect(other(startAt + 30 * hourMs)).toEqual(read(startAt + 30 * hourMs));
    expect(other(startAt + 12 * hourMs)).toEqual(read(startAt + 12 * hourMs));
  });
});

describe('events of a share', () => {
  it('let lamps fail for their time', () => {
    const world = worldOf({
      event: 'lamp-failures',
      afterMs: hourMs,
      lastsMs: 50 * hourMs,
      share: 0.1,
    });
    const lampsIn = (of: typeof usual) => ofSensor('lamp').map((lamp) => readerOf(lamp, of));
    const readers = new Map([world, usual].map((of) => [of, lampsIn(of)]));
    const failed = (hours: number, of = world) =>
      readers.get(of)?.filter((read) => read(startAt + hours * hourMs).lamp_fault).length ?? 0;
    const few = failed(24, usual);
    expect(failed(0.5)).toBe(failed(0.5, usual));
    for (const hours of [1.5, 24, 50]) expect(failed(hours)).toBeGreaterThanOrEqual(13);
    expect(failed(24)).toBeLessThanOrEqual(16 + few);
    expect(failed(60)).toBe(failed(60, usual));
  });

  it('let bins burn', () => {
    const world = worldOf({ event: 'fire', afterMs: 0, lastsMs: 40 * minuteMs, share: 0.1 });
    const burning = (minutes: number) =>
      ofSensor('bin').filter(
        (bin) => (readerOf(bin, world)(startAt + minutes * minuteMs).temperature ?? 0) > 60,
      ).length;
    expect(burning(-1)).toBeLessThanOrEqual(1);
    expect(burning(10)).toBeGreaterThanOrEqual(6);
    expect(burning(10)).toBeLessThanOrEqual(8);
    expect(burning(41)).toBeLessThanOrEqual(1);
  });

  it('send a tour to the bins of a stream', () => {
    const world = worldOf({
      event: 'emptying-tour',
      afterMs: 2 * hourMs,
      lastsMs: 3 * hourMs,
      share: 1,
      streams: ['paper'],
    });
    const level = (bin: PlannedDevice, hours: number) =>
      readerOf(bin, world)(startAt + hours * hourMs).fill_level ?? 0;
    for (const bin of ofSensor('bin')) {
      const isPaper = bin.container?.stream === 'paper';
      if (isPaper) expect(level(bin, 5)).toBeLessThan(6);
      else expect(readerOf(bin, world)(startAt)).toEqual(readerOf(bin)(startAt));
    }
    const paper = ofSensor('bin').filter(({ container }) => container?.stream === 'paper');
    const still = paper.filter((bin) => level(bin, 3.5) > 6).length;
    expect(mean(paper.map((bin) => level(bin, 1)))).toBeGreaterThan(20);
    expect(still).toBeGreaterThan(0);
  });
});

describe('joined', () => {
  it('makes spans that are in order and apart', () => {
    const spans = [
      { fromAt: 5, toAt: 7 },
      { fromAt: 0, toAt: 2 },
      { fromAt: 1, toAt: 3 },
      { fromAt: 7, toAt: 9 },
    ];
    expect(joined(spans)).toEqual([
      { fromAt: 0, toAt: 3 },
      { fromAt: 5, toAt: 9 },
    ]);
  });
});
