import type { MetricName } from '../../broker/contract/metrics.ts';
import { gauss } from '../random.ts';
import { rise } from './curves.ts';
import type { Sensor, Values } from './sensor.ts';
import { clamp, roundTo } from './sensor.ts';

/**
 * What stands between a quantity and the number on the wire: hardware and its weaknesses. Each stage is pure and
 * wraps what comes before it, so that a sensor is a list of them and each can be looked at by itself.
 */
export type Stage = (inner: Sensor) => Sensor;

/** The truth, and what the stages make of it, the first one first. */
export function stack(truth: Sensor, ...stages: readonly Stage[]): Sensor {
  return stages.reduce((inner, stage) => stage(inner), truth);
}

/** When a value is read, and what it is. */
export interface Moment {
  metric: MetricName;
  at: number;
  bootAt: number | undefined;
  /** All values; those before it in the list are changed already. */
  values: Values;
}

/** Changes the values of some metrics, one after the other; others pass. In place: a sensor gives new values each time. */
export function changing(
  metrics: readonly MetricName[],
  change: (value: number, moment: Moment) => number,
): Stage {
  return (inner) => (at, bootAt) => {
    const values = inner(at, bootAt);
    for (const metric of metrics) {
      const value = values[metric];
      if (value !== undefined) values[metric] = change(value, { metric, at, bootAt, values });
    }
    return values;
  };
}

/** Each specimen is off by a factor of its own. */
export function gained(metrics: readonly MetricName[], gain: number): Stage {
  return changing(metrics, (value) => value * gain);
}

/** Electrical noise: a share of the value, and an amount that is there even at zero. */
export type Noise = Partial<
  Record<MetricName, { channel: number; share?: number; amount?: number }>
>;

export function noisy(seed: number, noise: Noise): Stage {
  return changing(Object.keys(noise) as MetricName[], (value, { metric, at }) => {
    const { channel = 0, share = 0, amount = 0 } = noise[metric] ?? {};
    const tick = Math.floor(at / 1000);
    const relative = share === 0 ? 1 : 1 + share * gauss(seed ^ channel, tick);
    return value * relative + (amount === 0 ? 0 : amount * gauss(seed ^ channel, ~tick));
  });
}

/** What the hardware can say at all. */
export function limited(metrics: readonly MetricName[], min: number, max: number): Stage {
  return changing(metrics, (value) => clamp(value, min, max));
}

/** Steps of the hardware, as digits after the point. */
export type Resolution = Partial<Record<MetricName, number>>;

export function quantised(decimals: Resolution): Stage {
  return changing(Object.keys(decimals) as MetricName[], (value, { metric }) =>
    roundTo(value, decimals[metric] ?? 0),
  );
}

/** Optical sensors take droplets for dust: from about 70 % on, doubled in fog (κ-Köhler, κ = 0.18). */
export function swollen(metrics: readonly MetricName[]): Stage {
  return changing(metrics, (value, { values }) => {
    const activity = Math.min(values.relative_humidity ?? 0, 95) / 100;
    return value * Math.min(2.4, 1 + 0.11 / (1 / activity - 1));
  });
}

/** Until a fan runs at its speed, less air than assumed goes by, and what counts is chance. */
export function fanStarting(
  seed: number,
  metrics: readonly MetricName[],
  startingMs: number,
): Stage {
  return changing(metrics, (value, { at, bootAt }) => {
    if (bootAt === undefined || at < bootAt || at - bootAt >= startingMs) return value;
    const speed = rise((at - bootAt) / startingMs);
    return value * Math.max(0, 0.3 + 0.7 * speed + 0.35 * (1 - speed) * gauss(seed ^ 0x91, at));
  });
}

/** Electronics warm their housing: too warm, and too dry with it, the more the longer they have been on. */
export function selfHeated(degrees: number): Stage {
  const share = (at: number, bootAt: number | undefined) =>
    bootAt === undefined || at < bootAt ? 1 : 1 - Math.exp(-(at - bootAt) / heatingMs);
  return (inner) =>
    stack(
      inner,
      changing(['temperature'], (value, { at, bootAt }) => value + degrees * share(at, bootAt)),
      changing(
        ['relative_humidity'],
        (value, { at, bootAt }) => value - 4.2 * degrees * share(at, bootAt),
      ),
    );
}

const heatingMs = 8 * 60_000;
