import type { MetricName } from '../../broker/contract/metrics.ts';
import { metricOf } from '../../broker/contract/metrics.ts';
import { isHit, mix, seedOf, unit } from '../random.ts';
import type { Faults } from '../scenarios/faults.ts';
import { dayMs } from './calendar.ts';
import type { SensorName } from './registry.ts';
import type { Sensor, Site, Values } from './sensor.ts';
import { roundTo } from './sensor.ts';
import type { Stage } from './stages.ts';
import { changing, limited, quantised, stack } from './stages.ts';

/** What faults of a scenario may touch. A reference station is looked after: what it says stays true. */
const weakMetrics: Partial<Record<SensorName, readonly MetricName[]>> = {
  'air-node': ['pm10', 'pm2_5'],
};
/** What hangs at times, and says the same again and again. */
const hanging: readonly SensorName[] = ['air-node', 'bin', 'sound-meter'];

const driftSalt = seedOf('sensor drift');
const stuckSalt = seedOf('sensor stuck');
const spikeSalt = seedOf('sensor spikes');

export interface FaultyOf {
  sensor: SensorName;
  site: Site;
  faults: Faults;
  /** When the run began: drift grows from there on. */
  startAt: number;
}

/** A sensor with the faults that a scenario gives it; most have none. */
export function withFaults(inner: Sensor, faulty: FaultyOf): Sensor {
  return stack(inner, ...faultStages(faulty));
}

function faultStages({ sensor, site, faults, startAt }: FaultyOf): Stage[] {
  const { drift, spikes, stuck } = faults.sensors;
  const { seed, number } = site;
  const weak = weakMetrics[sensor];
  const stages: Stage[] = [];
  if (weak && drift && isHit(drift.share, number, driftSalt)) {
    const perDay = unit(seed, driftSalt) < 0.5 ? -drift.perDay : drift.perDay;
    stages.push(drifting(weak, perDay, startAt));
  }
  if (weak && spikes && isHit(spikes.share, number, spikeSalt)) {
    stages.push(spiking(weak, { ...spikes, seed }));
  }
  // The hardware's limits and steps hold for what is wrong, too.
  if (weak && stages.length > 0) stages.push(limited(weak, 0, 999.9), quantised(tenths(weak)));
  if (stuck && hanging.includes(sensor) && isHit(stuck.share, number, stuckSalt)) {
    stages.push(sticking({ ...stuck, seed }));
  }
  if (faults.reboots?.counters === 'restart') stages.push(restarting);
  return stages;
}

function tenths(metrics: readonly MetricName[]): Partial<Record<MetricName, number>> {
  return Object.fromEntries(metrics.map((metric) => [metric, 1]));
}

/** Dust on the lens, a worn laser: more or less by a share of the value each day, never below a tenth of it. */
export function drifting(metrics: readonly MetricName[], perDay: number, startAt: number): Stage {
  return changing(metrics, (value, { at }) => {
    const days = Math.max(0, at - startAt) / dayMs;
    return value * Math.max(0.1, 1 + perDay * days);
  });
}

/** One reading of many is far too high: an insect, a smoker below the inlet. */
export function spiking(
  metrics: readonly MetricName[],
  { seed, oneIn, factor }: { seed: number; oneIn: number; factor: number },
): Stage {
  return changing(metrics, (value, { at }) =>
    mix(seed ^ spikeSalt, Math.floor(at / 1000)) % oneIn === 0 ? value * factor : value,
  );
}

/** Once in each turn of `everyMs` it hangs for a while, at what it said when it began. */
export function sticking({
  seed,
  everyMs,
  lastsMs,
}: {
  seed: number;
  everyMs: number;
  lastsMs: number;
}): Stage {
  return (inner) => (at, bootAt) => {
    const turn = Math.floor(at / everyMs);
    const room = Math.max(0, everyMs - lastsMs);
    const fromAt = Math.round(turn * everyMs + unit(seed ^ stuckSalt, turn) * room);
    const isStuck = at >= fromAt && at < fromAt + lastsMs;
    return isStuck ? inner(fromAt, bootAt) : inner(at, bootAt);
  };
}

/** A controller that keeps its counters in memory begins at 0 when it boots. */
export const restarting: Stage = (inner) => (at, bootAt) => {
  const values = inner(at, bootAt);
  if (bootAt === undefined || at < bootAt) return values;
  const booted = inner(bootAt, bootAt);
  const counted: Values = { ...values };
  for (const metric of Object.keys(values) as MetricName[]) {
    if (metricOf(metric).kind !== 'counter') continue;
    const grown = (values[metric] ?? 0) - (booted[metric] ?? 0);
    counted[metric] = roundTo(Math.max(0, grown), 3);
  }
  return counted;
};
