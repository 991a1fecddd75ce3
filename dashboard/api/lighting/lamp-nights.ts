import type { Device } from '../../../broker/contract/device.ts';
import { deviceKey } from '../../../broker/contract/ids.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import type { TierColumns } from '../../../broker/contract/series.ts';
import { emptyTierColumns } from '../../../broker/contract/series.ts';
import type { SpanEnergy } from '../../../ingest/domain/light/energy.ts';
import {
  counterHours,
  hoursOfNight,
  litHours,
  powerHours,
} from '../../../ingest/domain/light/night-hours.ts';
import type { Night } from '../../../ingest/domain/light/sun.ts';
import { readRollupsOfMany } from '../../../ingest/store/read-of-many.ts';
import type { Context } from '../context.ts';
import { DeviceMemory, type Look } from '../device-memory.ts';
import { apiLimits } from '../limits.ts';
import type { ReadQueue } from '../read-queue.ts';

const hourMs = 3_600_000;

/** What a night took of one lamp. */
export interface LampNight extends SpanEnergy {
  litMs: number | null;
  /** Time of which it is known whether the lamp was on. */
  knownMs: number;
}

/** Late readings correct the tiers for so long. */
const lateMs = 48 * hourMs;
const runningFresh = { freshMs: 2 * 60_000, staleMs: 10 * 60_000 };
const recentFresh = { freshMs: hourMs, staleMs: 6 * hourMs };
const pastFresh = { freshMs: Number.POSITIVE_INFINITY, staleMs: Number.POSITIVE_INFINITY };

/** The nights of lamps by their hourly rows; one that is over is read once, or while late readings may still come. */
export class LampNights {
  readonly #context: Context;
  readonly #queue: ReadQueue;
  /** By the hours that the night touches, so that neighbours share it. */
  readonly #nights = new Map<string, DeviceMemory<LampNight>>();

  constructor(context: Context, queue: ReadQueue) {
    this.#context = context;
    this.#queue = queue;
  }

  /** What nights took of lamps, each in their order; the last one, and its burning time, is read first. */
  look(lamps: readonly Device[], nights: readonly Night[]): Look<LampNight>[] {
    const newestFirst = nights.toReversed().map((night, index) => {
      const hours = hoursOfNight(night, Number.POSITIVE_INFINITY);
      return this.#memory(hours, index === 0).look(lamps);
    });
    return newestFirst.reverse();
  }

  #memory({ from, to }: Night, withLit: boolean): DeviceMemory<LampNight> {
    const age = this.#context.deps.clock() - to;
    const [phase, times] =
      age < hourMs
        ? ['runs', runningFresh]
        : age < lateMs
          ? ['recent', recentFresh]
          : ['past', pastFresh];
    const name = `${from} ${to} ${phase} ${withLit}`;
    const memory =
      this.#nights.get(name) ??
      new DeviceMemory<LampNight>({
        clock: this.#context.deps.clock,
        queue: this.#queue,
        atOnce: apiLimits.lampsAtOnce,
        devicesMax: apiLimits.lampsMax,
        ...times,
        read: (asked) =>
          this.#read(
            asked.map(({ device }) => device),
            { hours: { from, to }, withLit },
          ),
      });
    this.#nights.delete(name);
    this.#nights.set(name, memory);
    const [oldest] = this.#nights.keys();
    if (this.#nights.size > apiLimits.lampNightsMax && oldest) this.#nights.delete(oldest);
    return memory;
  }

  /** The counter where there is one, else the power; and whether it was on. */
  #metricsOf({ provider, id }: Device, withLit: boolean): MetricName[] {
    const slots = this.#context.state.device(deviceKey(provider, id))?.slots;
    const energy = (['energy', 'power'] as const).find((metric) => slots?.has(metric));
    const hasLit = withLit && slots?.has('lamp_on');
    return [...(energy ? [energy] : []), ...(hasLit ? ['lamp_on' as const] : [])];
  }

  async #read(
    devices: readonly Device[],
    { hours, withLit }: { hours: Night; withLit: boolean },
  ): Promise<LampNight[]> {
    const { store, clock } = this.#context.deps;
    const series = devices.flatMap((device) => {
      const key = deviceKey(device.provider, device.id);
      return this.#metricsOf(device, withLit).map((metric) => ({ device: key, metric }));
    });
    // The hours beside it meet the ends of a counter's night.
    const span = { from: hours.from - hourMs, to: hours.to + hourMs };
    const rowsMax = (series.length * (span.to - span.from)) / hourMs;
    const rows = await readRollupsOfMany(store, '1h', { series, ...span, rowsMax });
    const found = new Map(
      series.map(({ device, metric }, index) => [`${device} ${metric}`, rows[index]]),
    );
    const now = clock();
    return devices.map((device) => {
      const key = deviceKey(device.provider, device.id);
      const of = (metric: MetricName): TierColumns | undefined => found.get(`${key} ${metric}`);
      return nightOf(
        { energy: of('energy'), power: of('power'), lampOn: of('lamp_on') },
        hours,
        now,
      );
    });
  }
}

type Rows = Record<'energy' | 'power' | 'lampOn', TierColumns | undefined>;

function nightOf({ energy, power, lampOn }: Rows, hours: Night, now: number): LampNight {
  const spent = energy
    ? counterHours(energy, hours, now)
    : powerHours(power ?? emptyTierColumns(), hours, now);
  return { ...spent, ...litHours(lampOn ?? emptyTierColumns(), hours, now) };
}
