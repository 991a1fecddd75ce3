import { describe, expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { sunElevation } from '../../../ingest/domain/light/sun.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { type Bench, bench, hour, minute, noon, summary } from './support.ts';

const step = 10 * minute;
const day = 24 * hour;
const place = { lat: 41.39, lon: 2.17 };

/** What goes wrong in the week, from and to in hours; all else is as it should be. */
const faults = {
  silent: { device: 'air/a3', from: 18, to: 24 },
  stuck: { device: 'air/a9', from: 30, to: 38 },
  battery: { device: 'air/a1', from: 96, to: 999 },
  cabinet: { group: 'c1', from: 56, to: 59 },
  failedLamps: ['light/l40', 'light/l44', 'light/l48'],
  dayBurner: { device: 'light/l50', from: 117, to: 123 },
  fire: { device: 'waste/b2', from: 150, to: 151 },
  fullBins: ['waste/b10', 'waste/b11', 'waste/b12', 'waste/b13', 'waste/b14'],
  overfullBin: 'waste/b7',
} as const;

/** A linear congruential generator: the week is the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const isIn = ({ from, to }: { from: number; to: number }, at: number): boolean =>
  at - noon >= from * hour && at - noon < to * hour;

type Values = Partial<Record<MetricName, number>>;

function air(key: string, at: number, random: () => number): Values | undefined {
  if (key === faults.silent.device && isIn(faults.silent, at)) return undefined;
  const isStuck = key === faults.stuck.device && isIn(faults.stuck, at);
  return {
    pm2_5: isStuck ? 7.7 : 8 + random() * 4,
    temperature: 12 + random() * 3,
    battery_level: key === faults.battery.device && isIn(faults.battery, at) ? 15 : 90,
  };
}

function lamp(key: string, at: number): Values {
  const number = Number(key.slice('light/l'.length));
  const isWithoutSupply = number < 30 && isIn(faults.cabinet, at);
  const burnsByDay = key === faults.dayBurner.device && isIn(faults.dayBurner, at);
  const isOn = burnsByDay || sunElevation(at, place) < -4;
  const isFailed = faults.failedLamps.some((one) => one === key) && at > noon + day;
  const power = isFailed ? 2 : 100;
  return {
    voltage: isWithoutSupply ? 0 : 230,
    lamp_on: isOn ? 1 : 0,
    dim_level: isOn ? 100 : 0,
    power: isOn && !isWithoutSupply ? power : 0,
  };
}

/** Fills by 8 points a day; the crew comes at the end of the third day, to the overfull one after the second. */
function bin(key: string, at: number, random: () => number): Values {
  const isFull = faults.fullBins.some((one) => one === key);
  const isOverfull = key === faults.overfullBin;
  const start = isOverfull ? 91 : isFull ? 70 : 10;
  const emptiedAt = noon + (isOverfull ? 2 : isFull ? 3 : 99) * day;
  const since = at >= emptiedAt ? emptiedAt : noon;
  const level = (at >= emptiedAt ? 5 : start) + ((at - since) / day) * 8;
  return {
    fill_level: Math.min(100, Math.round(level)),
    temperature: key === faults.fire.device && isIn(faults.fire, at) ? 90 : 10 + random() * 2,
  };
}

async function city(): Promise<{ all: Bench; keys: DeviceKey[] }> {
  const all = await bench();
  const keys: DeviceKey[] = [];
  const add = async (key: DeviceKey, more: Record<string, unknown>): Promise<void> => {
    keys.push(key);
    await all.device(key, { intervalMs: step, location: place, ...more });
  };
  for (let n = 0; n < 30; n += 1) await add(`air/a${n}`, { kind: 'air' });
  for (let n = 0; n < 60; n += 1)
    await add(`light/l${n}`, {
      kind: 'light',
      group: n < 30 ? 'c1' : 'c2',
      lamp: { nominalPowerW: 100 },
    });
  for (let n = 0; n < 20; n += 1)
    await add(`waste/b${n}`, { kind: 'waste', container: { stream: 'paper' } });
  return { all, keys };
}

function valuesOf(key: DeviceKey, at: number, random: () => number): Values | undefined {
  if (key.startsWith('air/')) return air(key, at, random);
  return key.startsWith('light/') ? lamp(key, at) : bin(key, at, random);
}

describe('a recorded week of a city with 110 devices and the rules built in', () => {
  it('gives the alarms of its faults, each once, though the process is restarted every day', async () => {
    const { all, keys } = await city();
    const random = dice(5);
    let floods = 0;
    for (let at = noon; at < noon + 7 * day; at += step) {
      for (const [index, device] of keys.entries()) {
        const values = valuesOf(device, at, random);
        if (!values) continue;
        const readings = Object.entries(values).map(([metric, value]) => ({
          metric: metric as MetricName,
          at,
          value,
          flag: 1,
          reasons: 0,
        }));
        await all.store.write(
          batchOf(readings.map((one) => ({ device, receivedAt: at, ...one, flag: 1 as const }))),
        );
        // Some messages come twice, and some after newer ones.
        all.hear({ device, receivedAt: at, readings });
        if (index % 7 === 0) all.hear({ device, receivedAt: at, readings });
        if (index % 11 === 0)
          all.hear({
            device,
            receivedAt: at,
            readings: readings.map((one) => ({ ...one, at: one.at - step, value: 999 })),
          });
      }
      await all.engine.settled();
      await all.pass(step, 5 * minute);
      if (all.engine.flood) floods += 1;
      if ((at - noon) % day !== 18 * hour) continue;
      await all.restart();
      for (const { id } of all.engine.list('open')) await all.engine.acknowledge(id, { by: 'ada' });
    }

    const raised = all.engine
      .history({ limit: 1_000 })
      .filter(({ kind, quiet }) => !quiet && ['raised', 'activated', 'released'].includes(kind));
    const subjects = raised
      .map(({ rule, device, group }) => `${rule} ${device ?? `@${group}`}`)
      .sort();
    expect(subjects).toEqual(
      [
        'battery-low air/a1',
        'bin-fire waste/b2',
        'bin-overflow waste/b7',
        ...[...faults.fullBins, faults.overfullBin].map((key) => `bin-urgent ${key}`),
        'lamp-day-burner light/l50',
        ...faults.failedLamps.map((key) => `lamp-failed ${key}`),
        'lamp-supply-loss @light/c1',
        'sensor-silent air/a3',
        'stuck-particles air/a9',
      ].sort(),
    );
    expect(floods).toBe(0);
    const low = raised.filter(({ priority }) => priority === 'low').length / raised.length;
    expect(low).toBeGreaterThan(0.75);
    expect(all.engine.list('all').map(summary).sort()).toEqual([
      'battery-low air/a1 active ack',
      ...faults.failedLamps.map((key) => `lamp-failed ${key} active ack`),
    ]);
  }, 120_000);
});
