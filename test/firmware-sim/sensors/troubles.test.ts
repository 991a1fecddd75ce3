import { describe, expect, it } from 'vitest';
import { createCity } from '../../../firmware-sim/city.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { dayMs, hourMs } from '../../../firmware-sim/sensors/calendar.ts';
import { supplyOf } from '../../../firmware-sim/sensors/light.ts';
import type { SensorName } from '../../../firmware-sim/sensors/registry.ts';
import { createSensor } from '../../../firmware-sim/sensors/registry.ts';
import type { Sensor } from '../../../firmware-sim/sensors/sensor.ts';
import type { Trouble } from '../../../firmware-sim/sensors/trouble.ts';
import { troubleIn, troublesBeginAt } from '../../../firmware-sim/sensors/trouble.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';

const city = createCity('demo');
const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
const world = createWorld('demo', city.center);
const from = Date.UTC(2026, 10, 1);
const minuteMs = 60_000;

const ofSensor = (name: SensorName): { device: PlannedDevice; read: Sensor }[] =>
  fleet
    .filter(({ sensor }) => sensor === name)
    .map((device) => ({ device, read: createSensor(device.sensor, device.site, world) }));

describe('troubleIn', () => {
  const trouble: Trouble = {
    salt: 7,
    everyMs: hourMs,
    among: 10,
    furtherOneIn: 5,
    lastsMs: [10 * minuteMs, 20 * minuteMs],
  };
  const turns = Array.from({ length: 500 }, (_, turn) => turn);
  const hit = (numbers: number[], turn: number) =>
    numbers.filter((number) => troubleIn(trouble, number, turn));
  const crowd = (first: number) => Array.from({ length: 10 }, (_, index) => first + index);

  it('hits exactly one of the first in each turn, each of them at times', () => {
    const all = turns.map((turn) => hit(crowd(0), turn));
    expect(all.every((one) => one.length === 1)).toBe(true);
    expect(new Set(all.flat()).size).toBe(10);
  });

  it('hits further ones rarely', () => {
    const hits = turns.filter((turn) => hit(crowd(40), turn).length > 0).length;
    expect(hits).toBeGreaterThan(60);
    expect(hits).toBeLessThan(140);
  });

  it('lasts as long as it says, within its turn; before the beginning there is none', () => {
    for (const turn of turns) {
      const [number = 0] = hit(crowd(0), turn);
      const { fromAt, toAt } = troubleIn(trouble, number, turn) ?? { fromAt: 0, toAt: 0 };
      expect(toAt - fromAt).toBeGreaterThanOrEqual(10 * minuteMs - 1);
      expect(toAt - fromAt).toBeLessThanOrEqual(20 * minuteMs + 1);
      expect(fromAt).toBeGreaterThanOrEqual(troublesBeginAt + turn * hourMs);
      expect(toAt).toBeLessThanOrEqual(troublesBeginAt + (turn + 1) * hourMs + 1);
    }
    expect(hit(crowd(0), -1)).toEqual([]);
  });
});

describe('cabinets', () => {
  it('have 20 to 40 lamps of one neighbourhood each, whatever the size of the fleet', () => {
    const count = (devices: PlannedDevice[]) => {
      const lamps = new Map<string, number>();
      for (const { group } of devices) if (group) lamps.set(group, (lamps.get(group) ?? 0) + 1);
      return lamps;
    };
    const small = count(fleet);
    expect([...small.keys()].sort()).toEqual([1, 2, 3, 4, 5].map((n) => `cabinet-0${n}`));
    const large = [...count(planFleet({ seed: 'demo', devices: 3_200 }, city)).values()];
    for (const lamps of [...small.values(), ...large]) {
      expect(lamps).toBeGreaterThan(14);
      expect(lamps).toBeLessThan(46);
    }
  });

  it('lose their supply one at a time: all of its lamps say 0 V, draw nothing, and most fall silent', () => {
    const lamps = ofSensor('lamp');
    let outages = 0;
    for (let at = from; at < from + 4 * dayMs; at += 10 * minuteMs) {
      const dark = lamps.filter(({ read }) => read(at).voltage === 0);
      if (dark.length === 0) continue;
      outages += 1;
      const groups = new Set(dark.map(({ device }) => device.group));
      expect(groups.size).toBe(1);
      const members = lamps.filter(({ device }) => groups.has(device.group));
      expect(dark).toHaveLength(members.length);
      for (const { read } of dark) expect(read(at)).toMatchObject({ lamp_on: 0, power: 0 });
      const silent = dark.filter(({ device }) => supplyOf(device.site, world)?.isOut(at));
      expect(silent.length).toBeGreaterThan(0.4 * dark.length);
      // More than 300 of the demo's devices stay live.
      expect(silent.length).toBeLessThan(20);
    }
    // 32 turns of three hours, about half an hour each, looked at every ten minutes.
    expect(outages).toBeGreaterThan(60);
    expect(outages).toBeLessThan(130);
  });

  it('say when that changes next', () => {
    const lamp = ofSensor('lamp').find(({ device }) => supplyOf(device.site, world));
    const supply = lamp && supplyOf(lamp.device.site, world);
    if (!supply) throw new Error('no lamp on the mains');
    let changes = 0;
    for (let at = from; at < from + 5 * dayMs; ) {
      const next = supply.nextChangeAt(at);
      if (next === Number.POSITIVE_INFINITY) {
        at += hourMs;
        continue;
      }
      expect(supply.isOut(next)).toBe(!supply.isOut(at));
      expect(supply.isOut(next - 1)).toBe(supply.isOut(at));
      changes += 1;
      at = next;
    }
    expect(changes).toBeGreaterThan(4);
  });
});

describe('a city that is mostly normal', () => {
  /** Share of (thing, instant) in which something holds, over ten days. */
  function shareOf(name: SensorName, holds: (values: ReturnType<Sensor>) => boolean): number {
    let [seen, looked] = [0, 0];
    for (const { read } of ofSensor(name))
      for (let at = from; at < from + 10 * dayMs; at += 0.7 * hourMs) {
        looked += 1;
        if (holds(read(at))) seen += 1;
      }
    return seen / looked;
  }

  const rows: [string, SensorName, (values: ReturnType<Sensor>) => boolean, [number, number]][] = [
    ['bins that burn', 'bin', ({ temperature = 0 }) => temperature >= 60, [0.0003, 0.004]],
    ['bins on their side', 'bin', ({ tilt }) => tilt === 1, [0.0005, 0.01]],
    ['bins that overflow', 'bin', ({ fill_level = 0 }) => fill_level >= 100, [0.005, 0.08]],
    ['low batteries', 'bin', ({ battery_level = 100 }) => battery_level < 20, [0.02, 0.2]],
    ['lamps that failed', 'lamp', ({ lamp_fault }) => lamp_fault === 1, [0.001, 0.03]],
    ['thick air', 'reference-station', ({ no2 = 0 }) => no2 > 100, [0.01, 0.08]],
  ];
  it.each(rows)('%s: some, few', (_what, name, holds, [low, high]) => {
    const share = shareOf(name, holds);
    expect(share).toBeGreaterThan(low);
    expect(share).toBeLessThan(high);
  });

  it('a fire rises by ten degrees within five minutes, and ends', () => {
    let hottest = 0;
    let steepest = 0;
    for (const { read } of ofSensor('bin'))
      for (let at = from; at < from + dayMs; at += 4 * minuteMs) {
        const { temperature = 0 } = read(at);
        hottest = Math.max(hottest, temperature);
        steepest = Math.max(steepest, temperature - (read(at - 5 * minuteMs).temperature ?? 0));
      }
    expect(hottest).toBeGreaterThan(75);
    expect(hottest).toBeLessThanOrEqual(85);
    expect(steepest).toBeGreaterThan(30);
  });

  it('a lamp or two burn by day, each day others', () => {
    const lamps = ofSensor('lamp');
    const burning = Array.from({ length: 14 }, (_, day) =>
      lamps.filter(({ read }) => read(from + day * dayMs + 11 * hourMs).lamp_on === 1),
    );
    const counts = burning.map(({ length }) => length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(7);
    expect(new Set(burning.flat().map(({ device }) => device.key)).size).toBeGreaterThan(5);
  });
});
