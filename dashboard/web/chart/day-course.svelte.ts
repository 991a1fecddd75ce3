import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Playback } from '../../../broker/contract/playback.ts';
import { type Api, ApiFailure } from '../state/api.ts';

/** One value an hour, oldest first; null: not measured. */
export type Course = readonly (number | null)[];

/** The last 24 hours of all devices of a kind, read at once: a line beside each row of a list. */
export class DayCourses {
  /** By metric, then by device. Replaced as a whole. */
  #courses = $state.raw<ReadonlyMap<string, ReadonlyMap<DeviceKey, Course>>>(new Map());
  readonly #api: Api;
  readonly #kind: DeviceKind;

  constructor(api: Api, kind: DeviceKind) {
    this.#api = api;
    this.#kind = kind;
  }

  /** What was there stays when there is no answer: lists do without. */
  async read(): Promise<void> {
    try {
      this.#courses = coursesOf(await this.#api.get<Playback>(`/playback?kind=${this.#kind}`));
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
    }
  }

  of(device: DeviceKey, metric: string): Course | undefined {
    return this.#courses.get(metric)?.get(device);
  }

  /** The largest value of a metric: lines that stand in one column have one scale. */
  max(metric: string): number {
    let max = 0;
    for (const course of this.#courses.get(metric)?.values() ?? [])
      for (const value of course) max = Math.max(max, value ?? 0);
    return max;
  }
}

/** Courses out of the frames of a playback. */
export function coursesOf({
  frames,
}: Pick<Playback, 'frames'>): Map<string, Map<DeviceKey, Course>> {
  const courses = new Map<string, Map<DeviceKey, (number | null)[]>>();
  const bySeries = new Map<number, (number | null)[]>();
  for (const [hour, { added, values }] of frames.entries()) {
    for (const [index, series] of (added?.series ?? []).entries()) {
      const [device, metric] = [added?.device[index], added?.metric[index]];
      if (device === undefined || metric === undefined) continue;
      const course = new Array<number | null>(frames.length).fill(null);
      bySeries.set(series, course);
      const ofMetric = courses.get(metric) ?? new Map<DeviceKey, (number | null)[]>();
      courses.set(metric, ofMetric.set(device, course));
    }
    for (const [index, series] of values.series.entries()) {
      const course = bySeries.get(series);
      if (course) course[hour] = values.value[index] ?? null;
    }
  }
  return courses;
}
