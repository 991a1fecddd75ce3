import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { metricOf } from '../../../broker/contract/metrics.ts';
import { createCity } from '../../../firmware-sim/city.ts';
import type { PlannedDevice } from '../../../firmware-sim/fleet.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { civilTime, dayMs, hourMs, instantOf } from '../../../firmware-sim/sensors/calendar.ts';
import type { SensorName } from '../../../firmware-sim/sensors/registry.ts';
import { createSensor, sensorNames } from '../../../firmware-sim/sensors/registry.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';

const city = createCity('demo');
const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
const world = createWorld('demo', city.center);
const from = Date.UTC(2026, 0, 1);

const ofSensor = (name: SensorName) => fleet.filter(({ sensor }) => sensor === name);
const sensorOf = ({ sensor, site }: PlannedDevice) => createSensor(sensor, site, world);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function yearOf(name: SensorName, metric: MetricName, stepMs = 6.7 * hourMs): number[] {
  return ofSensor(name)
    .slice(0, 4)
    .flatMap((device) => {
      const read = sensorOf(device);
      return Array.from(
        { length: Math.floor((365 * dayMs) / stepMs) },
        (_, n) => read(from + n * stepMs)[metric] ?? Number.NaN,
      );
    });
}

/** Mean of a metric on 60 working days between two hours of civil time. */
function workdayMean(
  name: SensorName,
  metric: MetricName,
  [fromHour, toHour]: [number, number],
): number {
  const values: number[] = [];
  for (const device of ofSensor(name).slice(0, 3)) {
    const read = sensorOf(device);
    for (let at = from; at < from + 84 * dayMs; at += hourMs / 2) {
      const { hour, weekday } = civilTime(at);
      if (weekday % 6 !== 0 && hour >= fromHour && hour < toHour)
        values.push(read(at)[metric] ?? Number.NaN);
    }
  }
  return mean(values);
}

describe('every sensor', () => {
  it.each(sensorNames)('%s gives the same values for the same seed, device and time', (name) => {
    const [device] = ofSensor(name);
    if (!device) throw new Error('no such device');
    const later = createSensor(device.sensor, device.site, createWorld('demo', city.center));
    const at = from + 123_456_789;
    // The second one is asked in another order: nothing may depend on what was asked before.
    const first = [at, at + dayMs].map(sensorOf(device));
    const second = [at + dayMs, at].map(later).reverse();
    expect(second).toEqual(first);
    const other = createSensor(
      device.sensor,
      { ...device.site, seed: device.site.seed + 1 },
      world,
    );
    expect([at, at + dayMs].map(other)).not.toEqual(first);
  });

  it.each(sensorNames)('%s stays within the catalogue for a year', (name) => {
    const outside: string[] = [];
    for (const device of ofSensor(name).slice(0, 6)) {
      const read = sensorOf(device);
      for (let at = from; at < from + 365 * dayMs; at += 3.3 * hourMs) {
        for (const [metric, value] of Object.entries(read(at))) {
          const { min, max } = metricOf(metric as MetricName);
          if (!(value >= min && value <= max)) outside.push(`${name} ${metric} ${value} at ${at}`);
        }
      }
    }
    expect(outside).toEqual([]);
  });

  it('answers fast enough for 50,000 devices on one core', () => {
    const reads = sensorNames.flatMap((name) => ofSensor(name).slice(0, 5).map(sensorOf));
    const startedAt = performance.now();
    for (let n = 0; n < 2000; n++) reads[n % reads.length]?.(from + n * 1000);
    expect((performance.now() - startedAt) / 2000).toBeLessThan(1);
  });
});

describe('air', () => {
  it('is worse in the rush hour than at night', () => {
    for (const metric of ['no2', 'pm10'] as const) {
      const rush = workdayMean('reference-station', metric, [7, 9]);
      expect(rush, metric).toBeGreaterThan(1.4 * workdayMean('reference-station', metric, [2, 4]));
    }
    expect(workdayMean('air-node', 'pm2_5', [7, 9])).toBeGreaterThan(
      1.15 * workdayMean('air-node', 'pm2_5', [2, 4]),
    );
  });

  it('has ozone in the afternoon and little before sunrise', () => {
    const read = sensorOf(ofSensor('reference-station')[0] ?? fail());
    const hours = (hour: number) =>
      mean(Array.from({ length: 30 }, (_, day) => read(Date.UTC(2026, 6, 1 + day, hour)).o3 ?? 0));
    expect(hours(13)).toBeGreaterThan(1.5 * hours(3));
  });

  it('keeps PM2.5 below PM10 and quantises to 0.1', () => {
    const read = sensorOf(ofSensor('air-node')[0] ?? fail());
    for (let at = from; at < from + 30 * dayMs; at += 5 * hourMs) {
      const { pm10 = 0, pm2_5 = 0 } = read(at);
      expect(pm2_5).toBeLessThanOrEqual(pm10);
      expect(pm10).toBe(Math.round(pm10 * 10) / 10);
    }
  });

  it('believes in a Central European year', () => {
    const temperatures = yearOf('air-node', 'temperature');
    expect(mean(temperatures)).toBeGreaterThan(8);
    expect(mean(temperatures)).toBeLessThan(14);
    expect(Math.min(...temperatures)).toBeGreaterThan(-20);
    expect(Math.max(...temperatures)).toBeLessThan(42);
    const pm = yearOf('air-node', 'pm2_5');
    expect(mean(pm)).toBeGreaterThan(5);
    expect(mean(pm)).toBeLessThan(30);
    expect(Math.max(...pm)).toBeLessThan(250);
  });
});

describe('lamps', () => {
  it.each([
    ['winter solstice', 2026, 11, 21],
    ['summer solstice', 2026, 5, 21],
    ['equinox', 2026, 2, 20],
  ])('burn at night and not by day (%s)', (_, year, month, day) => {
    const civilDay = Date.UTC(year, month, day) / dayMs;
    let exceptions = 0;
    for (const device of ofSensor('lamp')) {
      const read = sensorOf(device);
      const midnight = read(instantOf(civilDay, 23.9));
      const noon = read(instantOf(civilDay, 12));
      if (midnight.voltage !== 0) expect(midnight.lamp_on).toBe(midnight.lamp_fault === 1 ? 0 : 1);
      // One is stuck on, a cabinet may be without supply: then it draws nothing.
      if (noon.lamp_on === 1) exceptions += 1;
      else expect(noon).toMatchObject({ dim_level: 0, power: noon.voltage === 0 ? 0 : 0.4 });
    }
    expect(exceptions).toBeLessThan(4);
  });

  it('are dimmed late at night by some programmes, and draw less then', () => {
    const civilDay = Date.UTC(2026, 10, 22) / dayMs;
    const late = ofSensor('lamp').filter(
      (device) => sensorOf(device)(instantOf(civilDay, 2)).dim_level === 50,
    );
    expect(late.length).toBeGreaterThan(10);
    for (const device of late) {
      const read = sensorOf(device);
      const [evening, night] = [read(instantOf(civilDay, 19)), read(instantOf(civilDay, 2))];
      if (evening.lamp_fault === 0 && night.lamp_fault === 0)
        expect(night.power).toBeLessThan(0.6 * (evening.power ?? 0));
    }
  });

  it('have an energy counter that never falls and follows the power', () => {
    for (const device of ofSensor('lamp').slice(0, 30)) {
      const read = sensorOf(device);
      let [counted, before] = [0, read(from).energy ?? 0];
      for (let at = from; at < from + 3 * dayMs; at += hourMs / 6) {
        const { energy = 0, power = 0 } = read(at);
        expect(energy).toBeGreaterThanOrEqual(before);
        before = energy;
        counted += power / 6 / 1000;
      }
      const growth = before - (read(from).energy ?? 0);
      expect(Math.abs(growth - counted)).toBeLessThan(0.03 * counted + 0.01);
    }
  });

  it('fail now and then: a few, for days, drawing next to nothing', () => {
    const at = instantOf(Date.UTC(2026, 10, 22) / dayMs, 23);
    const many = planFleet({ seed: 'demo', devices: 5000 }, city).filter(
      ({ sensor }) => sensor === 'lamp',
    );
    const broken = many
      .map((device) => sensorOf(device)(at))
      .filter((values) => values.lamp_fault === 1);
    expect(broken.length).toBeGreaterThan(3);
    expect(broken.length).toBeLessThan(many.length * 0.03);
    expect(broken.every(({ lamp_on, power = 9 }) => lamp_on === 0 && power < 1)).toBe(true);
  });
});

describe('bins', () => {
  it('fill up and get emptied', () => {
    for (const device of ofSensor('bin').slice(0, 20)) {
      const read = sensorOf(device);
      let [emptied, highest, before] = [0, 0, read(from).fill_level ?? 0];
      for (let at = from; at < from + 28 * dayMs; at += hourMs / 2) {
        const { fill_level: level = 0 } = read(at);
        if (before - level > 15) emptied += 1;
        // Between tours it only rises, but for the echo's noise.
        else expect(level).toBeGreaterThanOrEqual(before - 2);
        before = level;
        highest = Math.max(highest, level);
      }
      expect(emptied, device.key).toBeGreaterThanOrEqual(2);
      expect(highest, device.key).toBeGreaterThan(25);
    }
  });

  it('say the same by distance and by level', () => {
    const read = sensorOf(ofSensor('bin')[0] ?? fail());
    for (let at = from; at < from + 10 * dayMs; at += 3 * hourMs) {
      const { fill_level = 0, distance = 0 } = read(at);
      expect(Math.abs(100 - (distance - 250) / 14 - fill_level)).toBeLessThan(2);
    }
  });

  it('are rarely tilted, but sometimes', () => {
    const tilts = ofSensor('bin').flatMap((device) => {
      const read = sensorOf(device);
      return Array.from({ length: 365 }, (_, day) => read(from + day * dayMs).tilt ?? 0);
    });
    expect(mean(tilts)).toBeGreaterThan(0.0003);
    expect(mean(tilts)).toBeLessThan(0.004);
  });
});

describe('noise', () => {
  it('is louder by day, and louder on main roads', () => {
    expect(workdayMean('sound-meter', 'noise', [16, 18])).toBeGreaterThan(
      workdayMean('sound-meter', 'noise', [2, 4]) + 6,
    );
    const [device] = ofSensor('sound-meter');
    if (!device) fail();
    const level = (traffic: number) =>
      createSensor('sound-meter', { ...device.site, traffic }, world)(from + 10 * hourMs).noise ??
      0;
    expect(level(1)).toBeGreaterThan(level(0.2) + 5);
  });
});

function fail(): never {
  throw new Error('no such device in the fleet');
}
