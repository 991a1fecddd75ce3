import type { DeviceView, Latest, Series, Site } from '../../../broker/contract/api.ts';
import { type Resolution, tierWidthMs } from '../../../broker/contract/windows.ts';
import { orderMetrics } from '../state/row.ts';
import type { TileRequest } from './request.ts';

/** What a tile shows; made anew with each round of questions. */
export interface TileReading {
  device: DeviceView;
  site: Site;
  metric: Site['metrics'][number] | undefined;
  /** The newest value; undefined when there is none. */
  newest: { at: number; value: number; flag: number } | undefined;
  /** Means or single values of the last 24 hours, oldest first; null where nothing was measured. */
  points: readonly { at: number; value: number | null }[];
  /** Between two points of {@link points}, where nothing is missing; 0 for single values. */
  stepMs: number;
  /** The server's clock ahead of this computer's. */
  offsetMs: number;
}

/** There is no such device for the public. */
export class UnknownDevice extends Error {}

export const tileSpanMs = 24 * 3_600_000;
const widthMs: Readonly<Record<Resolution, number>> = { raw: 0, ...tierWidthMs };
/** About one point for two pixels of the smallest tile. */
const pointsMax = 120;

interface Asking {
  clock: () => number;
  fetch: typeof fetch;
}

/** Reads all that a tile shows. @throws UnknownDevice, or whatever `fetch` throws */
export async function readTile(
  { device: key, metric: wanted }: TileRequest,
  { clock, fetch }: Asking,
): Promise<TileReading> {
  if (key === undefined) throw new UnknownDevice();
  let offsetMs = 0;

  async function ask<T>(path: string): Promise<T> {
    // Never as somebody: the page around the tile may be anybody's.
    const answer = await fetch(`/api/v1${path}`, { credentials: 'omit' });
    if (answer.status === 404 || answer.status === 401) throw new UnknownDevice();
    if (!answer.ok) throw new Error(`${answer.status}`);
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (Number.isFinite(date)) offsetMs = date - clock();
    return (await answer.json()) as T;
  }

  const [device, site, latest] = await Promise.all([
    ask<DeviceView>(`/devices/${key}`),
    ask<Site>('/site'),
    ask<Latest>(`/latest?device=${key}`),
  ]);
  const { columns } = latest;
  const name = wanted ?? orderMetrics(device.kind, columns.metric)[0] ?? device.metrics[0];
  const index = (columns.metric as readonly string[]).indexOf(name ?? '');
  const newest = newestOf(columns, index);
  const metric = site.metrics.find((other) => other.name === name);
  const to = clock() + offsetMs;
  const span = `from=${to - tileSpanMs}&to=${to}&points=${pointsMax}`;
  const series = metric && (await ask<Series>(`/series?device=${key}&metric=${name}&${span}`));
  const points = series ? pointsOf(series) : [];
  const stepMs = series ? widthMs[series.resolution] : 0;
  return { device, site, metric, newest, points, stepMs, offsetMs };
}

function newestOf({ at, value, flag }: Latest['columns'], index: number): TileReading['newest'] {
  const [when, what, how] = [at[index], value[index], flag[index]];
  if (when === undefined || what === undefined || how === undefined) return undefined;
  return { at: when, value: what, flag: how };
}

/** A bad value counts as none, as everywhere. */
function pointsOf({ columns }: Series): TileReading['points'] {
  if ('value' in columns) {
    return columns.at.map((at, index) => ({
      at,
      value: columns.flag[index] === 4 ? null : (columns.value[index] ?? null),
    }));
  }
  return columns.at.map((at, index) => ({ at, value: columns.mean[index] ?? null }));
}
