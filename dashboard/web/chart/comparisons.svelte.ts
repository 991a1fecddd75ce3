import type { Series } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { staleAfterIntervals } from '../../../broker/contract/standing.ts';
import { type Resolution, tierWidthMs } from '../../../broker/contract/windows.ts';
import { type Api, ApiFailure } from '../state/api.ts';
import type { Comparand } from '../state/view.ts';
import { type ComparisonLine, lineOf, medianLine } from './comparison-points.ts';
import { type Points, toPoints } from './points.ts';

/** One device as a comparison needs it. */
export interface Compared {
  key: DeviceKey;
  name: string;
  expectedIntervalMs: number;
}

export interface ComparisonRequest {
  device: Compared;
  metric: string;
  from: number;
  to: number;
  pointsMax: number;
  comparands: readonly Comparand[];
  /** Devices of the same district with the same metric, itself among them; more than {@link districtMax} are not asked. */
  district: { name: string; devices: readonly Compared[] } | undefined;
  find: (key: DeviceKey) => Compared | undefined;
  words: {
    earlier: Readonly<Record<'day' | 'week' | 'year', string>>;
    districtMedian: (district: string, devices: number) => string;
  };
}

/** Lines beside a series. What is drawn stays until the next answer is there. */
export class Comparisons {
  lines = $state.raw<readonly ComparisonLine[]>([]);
  failed = $state(false);
  readonly #api: Api;
  #abort = new AbortController();

  constructor(api: Api) {
    this.#api = api;
  }

  async show(request: ComparisonRequest): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const { comparands } = request;
    // A line of something else must not stand there while the next one is read.
    this.lines = this.lines.filter(({ key }) => comparands.some((one) => one === key));
    const answers = await Promise.allSettled(
      comparands.map((comparand) => this.#read(comparand, request, signal)),
    );
    if (signal.aborted) return;
    const faults = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason] : [],
    );
    for (const fault of faults) if (!(fault instanceof ApiFailure)) throw fault;
    this.failed = faults.length > 0;
    this.lines = answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value ? [answer.value] : [],
    );
  }

  stop(): void {
    this.#abort.abort();
  }

  async #read(
    comparand: Comparand,
    request: ComparisonRequest,
    signal: AbortSignal,
  ): Promise<ComparisonLine | undefined> {
    if (comparand === 'district') return this.#district(request, signal);
    if (comparand === 'day' || comparand === 'week' || comparand === 'year') {
      const shiftMs = shiftsMs[comparand];
      const label = request.words.earlier[comparand];
      return this.#line({ ...request, key: comparand, label, shiftMs }, signal);
    }
    const device = request.find(comparand);
    if (!device) return undefined;
    return this.#line(
      { ...request, device, key: comparand, label: device.name, shiftMs: 0 },
      signal,
    );
  }

  async #line(
    wanted: ComparisonRequest & { key: string; label: string; shiftMs: number },
    signal: AbortSignal,
  ): Promise<ComparisonLine> {
    const { device, shiftMs, key, label } = wanted;
    const points = await this.#points(wanted, shiftMs, signal);
    const gapMs = staleAfterIntervals * stepMs(points.resolution, device);
    return { key, label, reachMs: gapMs / 2, ...lineOf(points, { shiftMs, gapMs }) };
  }

  async #district(
    request: ComparisonRequest,
    signal: AbortSignal,
  ): Promise<ComparisonLine | undefined> {
    const { district, words } = request;
    if (!district) return undefined;
    const devices = district.devices.slice(0, districtMax);
    // Windows of one tier, so that they can be laid upon each other.
    const resolution = request.to - request.from > 2 * 86_400_000 ? '1h' : '1m';
    const series: Points[] = [];
    for (let start = 0; start < devices.length; start += readsMax) {
      const part = devices.slice(start, start + readsMax);
      const read = part.map((device) =>
        this.#points({ ...request, device }, 0, signal, resolution),
      );
      series.push(...(await Promise.all(read)));
    }
    const slowestMs = Math.max(...devices.map(({ expectedIntervalMs }) => expectedIntervalMs));
    const slotMs = Math.max(
      tierWidthMs[resolution],
      slotIntervals * slowestMs,
      Math.ceil((request.to - request.from) / slotsMax),
    );
    const speaking = series.filter(({ at }) => at.length > 0).length;
    return {
      key: 'district',
      label: words.districtMedian(district.name, speaking),
      reachMs: slotMs,
      ...medianLine(series, slotMs),
    };
  }

  async #points(
    { device, metric, from, to, pointsMax }: ComparisonRequest,
    shiftMs: number,
    signal: AbortSignal,
    resolution: 'auto' | '1m' | '1h' = 'auto',
  ): Promise<Points> {
    const query = new URLSearchParams({
      device: device.key,
      metric,
      from: String(Math.floor(from - shiftMs)),
      to: String(Math.ceil(to - shiftMs)),
      resolution,
      points: String(pointsMax),
    });
    return toPoints(await this.#api.get<Series>(`/series?${query}`, signal));
  }
}

/** Devices of a district that its median is made of. */
export const districtMax = 25;
/** Expected intervals in one slot of the median, and slots of the whole line. */
const slotIntervals = 4;
const slotsMax = 200;
/** Series that are read at once. */
const readsMax = 5;

const dayMs = 86_400_000;
/** A year of weeks, so that weekdays stand upon each other. */
const shiftsMs = { day: dayMs, week: 7 * dayMs, year: 364 * dayMs } as const;

function stepMs(resolution: Resolution, { expectedIntervalMs }: Compared): number {
  return resolution === 'raw'
    ? expectedIntervalMs
    : Math.max(tierWidthMs[resolution], expectedIntervalMs);
}
