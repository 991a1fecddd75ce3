import { describe, expect, it } from 'vitest';
import { createCity } from '../../../firmware-sim/city.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { particlesAt } from '../../../firmware-sim/sensors/air.ts';
import { dayMs, hourMs } from '../../../firmware-sim/sensors/calendar.ts';
import {
  drifting,
  restarting,
  spiking,
  sticking,
  withFaults,
} from '../../../firmware-sim/sensors/fault-stages.ts';
import type { SensorName } from '../../../firmware-sim/sensors/registry.ts';
import { createSensor } from '../../../firmware-sim/sensors/registry.ts';
import type { Sensor } from '../../../firmware-sim/sensors/sensor.ts';
import type { Stage } from '../../../firmware-sim/sensors/stages.ts';
import {
  fanStarting,
  gained,
  limited,
  noisy,
  quantised,
  selfHeated,
  stack,
  swollen,
} from '../../../firmware-sim/sensors/stages.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';

const bootAt = Date.UTC(2026, 10, 20);
const minuteMs = 60_000;
/** Air that never changes: what is different comes from the stage. */
const steady: Sensor = () => ({ pm10: 20, pm2_5: 10, temperature: 8, relative_humidity: 60 });
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: number[]) =>
  Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const series = (sensor: Sensor, { n = 500, stepMs = minuteMs, fromAt = bootAt } = {}) =>
  Array.from({ length: n }, (_, index) => sensor(fromAt + index * stepMs).pm10 ?? Number.NaN);

describe('a stage of the hardware', () => {
  const rows: [string, Stage, Record<string, number>][] = [
    ['a gain', gained(['pm10'], 1.1), { pm10: 22, pm2_5: 10 }],
    ['limits', limited(['pm10', 'pm2_5'], 0, 15), { pm10: 15, pm2_5: 10 }],
    ['steps', quantised({ pm10: -1, temperature: 0 }), { pm10: 20, temperature: 8 }],
    ['a fan that has long been running', fanStarting(1, ['pm10'], 30_000), { pm10: 20 }],
    ['a housing that is warm', selfHeated(1), { temperature: 9, relative_humidity: 55.8 }],
  ];
  it.each(rows)('%s', (_what, stage, expected) => {
    const got = stack(steady, stage)(bootAt);
    for (const [metric, value] of Object.entries(expected))
      expect(got[metric as 'pm10']).toBeCloseTo(value, 9);
    expect(Object.keys(got)).toEqual(Object.keys(steady(bootAt)));
  });

  it('quantises to the steps of the hardware', () => {
    const fine: Sensor = () => ({ pm10: 12.3456, temperature: -3.1449 });
    expect(stack(fine, quantised({ pm10: 1, temperature: 2 }))(bootAt)).toEqual({
      pm10: 12.3,
      temperature: -3.14,
    });
  });

  it('makes noise around the value, the same each time it is asked', () => {
    const noise = noisy(7, { pm10: { channel: 1, share: 0.05, amount: 0.25 } });
    const values = series(stack(steady, noise));
    expect(Math.abs(mean(values) - 20)).toBeLessThan(0.2);
    expect(deviation(values)).toBeGreaterThan(0.8);
    expect(deviation(values)).toBeLessThan(1.3);
    expect(series(stack(steady, noise))).toEqual(values);
  });

  it.each([
    [30, 1, 1.06],
    [60, 1.1, 1.25],
    [80, 1.35, 1.5],
    [90, 1.9, 2.1],
    [99, 2.39, 2.41],
  ])('takes droplets for dust: at %i %% humidity a factor of %f to %f', (humidity, low, high) => {
    const humid: Sensor = () => ({ pm10: 1, relative_humidity: humidity });
    const { pm10 = 0 } = stack(humid, swollen(['pm10']))(bootAt);
    expect(pm10).toBeGreaterThan(low);
    expect(pm10).toBeLessThan(high);
  });

  it('starts a fan: first readings are low and uncertain, later ones right', () => {
    const startedFor = (ms: number) =>
      Array.from(
        { length: 200 },
        (_, seed) =>
          stack(steady, fanStarting(seed, ['pm10'], 30_000))(bootAt + ms, bootAt).pm10 ?? 0,
      );
    expect(mean(startedFor(2_000))).toBeLessThan(10);
    expect(deviation(startedFor(2_000))).toBeGreaterThan(2);
    expect(mean(startedFor(20_000))).toBeGreaterThan(mean(startedFor(2_000)) + 3);
    expect(new Set(startedFor(30_000))).toEqual(new Set([20]));
    expect(Math.min(...startedFor(0))).toBeGreaterThanOrEqual(0);
  });

  it('warms its housing within half an hour of being switched on', () => {
    const read = (minutes: number) =>
      stack(steady, selfHeated(1.5))(bootAt + minutes * minuteMs, bootAt).temperature ?? 0;
    expect(read(0)).toBe(8);
    expect(read(8)).toBeCloseTo(8 + 1.5 * (1 - 1 / Math.E), 5);
    expect(read(60)).toBeCloseTo(9.5, 2);
  });
});

describe('a fault of a sensor', () => {
  it('drifts from the beginning on, and never below a tenth', () => {
    const read = stack(steady, drifting(['pm10'], 0.02, bootAt));
    expect(read(bootAt - dayMs).pm10).toBe(20);
    expect(read(bootAt + 10 * dayMs).pm10).toBeCloseTo(24, 9);
    expect(stack(steady, drifting(['pm10'], -0.5, bootAt))(bootAt + 9 * dayMs).pm10).toBe(2);
  });

  it('spikes once in so many readings', () => {
    const values = series(stack(steady, spiking(['pm10'], { seed: 3, oneIn: 50, factor: 6 })), {
      n: 5000,
    });
    const spikes = values.filter((value) => value === 120).length;
    expect(spikes).toBeGreaterThan(60);
    expect(spikes).toBeLessThan(140);
    expect(values.every((value) => value === 20 || value === 120)).toBe(true);
  });

  it('sticks at what it said, for its time, once in each turn', () => {
    const moving: Sensor = (at) => ({ pm10: at / minuteMs });
    const stuck = stack(moving, sticking({ seed: 5, everyMs: dayMs, lastsMs: 5 * hourMs }));
    for (const day of [0, 1, 2]) {
      const values = series(stuck, { n: 1440, fromAt: bootAt + day * dayMs });
      const counts = new Map<number, number>();
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
      const repeated = [...counts.values()].filter((count) => count > 1);
      expect(repeated).toHaveLength(1);
      expect(repeated[0]).toBeGreaterThanOrEqual(300);
      expect(repeated[0]).toBeLessThanOrEqual(302);
    }
  });

  it('lets counters begin at 0 again, and nothing else', () => {
    const counting: Sensor = (at) => ({ energy: at / 1e9, operating_hours: 5000, power: 36 });
    const read = stack(counting, restarting);
    expect(read(bootAt)).toEqual(counting(bootAt));
    expect(read(bootAt, bootAt)).toEqual({ energy: 0, operating_hours: 0, power: 36 });
    expect(read(bootAt + 5e9, bootAt).energy).toBe(5);
  });
});

describe('faults of a scenario', () => {
  const city = createCity('demo');
  const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
  const world = createWorld('demo', city.center);
  const faults = {
    uplinkOutages: [],
    floods: [],
    sensors: {
      drift: { share: 1, perDay: 0.05 },
      spikes: { share: 1, oneIn: 40, factor: 8 },
      stuck: { share: 1, everyMs: 2 * dayMs, lastsMs: dayMs },
    },
  };
  const ofSensor = (name: SensorName) => fleet.filter(({ sensor }) => sensor === name);
  const differs = ({ sensor, site }: (typeof fleet)[number]) => {
    const inner = createSensor(sensor, site, world);
    const faulty = withFaults(inner, { sensor, site, faults, startAt: bootAt });
    return Array.from({ length: 60 }, (_, hour) => bootAt + hour * hourMs).some(
      (at) => JSON.stringify(faulty(at)) !== JSON.stringify(inner(at)),
    );
  };

  it('touch nodes, bins and meters, and leave stations and lamps true', () => {
    for (const name of ['air-node', 'bin', 'sound-meter'] as const)
      expect(ofSensor(name).slice(0, 8).every(differs), name).toBe(true);
    for (const name of ['reference-station', 'lamp'] as const)
      expect(ofSensor(name).slice(0, 8).some(differs), name).toBe(false);
  });

  it('stay within what the hardware can say, in its steps', () => {
    const [node] = ofSensor('air-node');
    if (!node) throw new Error('no node');
    const { sensor, site } = node;
    const read = withFaults(createSensor(sensor, site, world), {
      sensor,
      site,
      faults,
      startAt: bootAt - 300 * dayMs,
    });
    const values = series(read, { n: 400, stepMs: hourMs });
    expect(values.every((value) => value >= 0 && value <= 999.9)).toBe(true);
    expect(values.every((value) => value === Math.round(value * 10) / 10)).toBe(true);
  });

  it('leave a station beside a node to compare with: it says what is in the air', () => {
    for (const { sensor, site } of ofSensor('reference-station').slice(0, 4)) {
      const read = createSensor(sensor, site, world);
      for (let at = bootAt; at < bootAt + 10 * dayMs; at += 7 * hourMs) {
        const truth = particlesAt(site, world, at).pm10;
        expect(Math.abs((read(at).pm10 ?? 0) / truth - 1)).toBeLessThan(0.06);
      }
    }
  });
});
