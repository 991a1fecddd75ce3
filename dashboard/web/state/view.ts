import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Language } from '../../../broker/contract/metrics.ts';
import { type SortOrder, sortOrders } from './filter.ts';
import { type Standing, standings } from './row.ts';

export const rangeNames = ['1h', '6h', '24h', '7d', '30d'] as const;
export type RangeName = (typeof rangeNames)[number];

export interface MapPlace {
  lat: number;
  lon: number;
  zoom: number;
}

/** All that the address says of what is on the screen: sending the link shows the same. */
export interface View {
  device?: DeviceKey | undefined;
  kinds: readonly DeviceKind[];
  standing?: Standing | undefined;
  q: string;
  sort: SortOrder;
  range: RangeName;
  /** Undefined: the device's main metric. */
  metric?: string | undefined;
  map?: MapPlace | undefined;
  /** What a narrow screen shows. */
  pane: 'list' | 'map';
  theme?: 'light' | 'dark' | undefined;
  lang?: Language | undefined;
  kiosk: boolean;
}

export const kinds = [
  'air',
  'light',
  'waste',
  'noise',
  'weather',
  'other',
] as const satisfies readonly DeviceKind[];

export const languages = ['de', 'en', 'ca', 'es'] as const satisfies readonly Language[];

/** Reads a query; what is malformed or unknown is as if it were not there. */
export function parseView(query: string): View {
  const parameters = new URLSearchParams(query);
  const one = <T extends string>(name: string, allowed: readonly T[]): T | undefined =>
    allowed.find((candidate) => candidate === parameters.get(name));
  const device = parameters.get('device') ?? '';
  const metric = parameters.get('metric') ?? '';
  const wanted = (parameters.get('kind') ?? '').split(',');
  return {
    device: devicePattern.test(device) ? (device as DeviceKey) : undefined,
    kinds: kinds.filter((kind) => wanted.includes(kind)),
    standing: one('status', standings),
    q: (parameters.get('q') ?? '').slice(0, queryLengthMax),
    sort: one('sort', sortOrders) ?? 'worst',
    range: one('range', rangeNames) ?? '24h',
    metric: metricPattern.test(metric) ? metric : undefined,
    map: parsePlace(parameters.get('map') ?? ''),
    pane: one('pane', ['map'] as const) ?? 'list',
    theme: one('theme', ['light', 'dark'] as const),
    lang: one('lang', languages),
    kiosk: parameters.get('kiosk') === '1',
  };
}

/** The query of a view, `''` or beginning with `?`; what is as by default is left out. */
export function formatView(view: View): string {
  const pairs: [string, string | undefined][] = [
    ['device', view.device],
    ['metric', view.metric],
    ['range', view.range === '24h' ? undefined : view.range],
    ['kind', view.kinds.join(',')],
    ['status', view.standing],
    ['q', view.q],
    ['sort', view.sort === 'worst' ? undefined : view.sort],
    ['map', view.map && formatPlace(view.map)],
    ['pane', view.pane === 'map' ? 'map' : undefined],
    ['theme', view.theme],
    ['lang', view.lang],
    ['kiosk', view.kiosk ? '1' : undefined],
  ];
  const query = pairs
    .filter((pair): pair is [string, string] => Boolean(pair[1]))
    // Slashes and commas are legal in a query and far easier to read and to say.
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%2F|%2C/g, unescapeOne)}`)
    .join('&');
  return query && `?${query}`;
}

const devicePattern = /^[A-Za-z0-9_-]{1,64}\/[A-Za-z0-9_-]{1,64}$/;
const metricPattern = /^[a-z0-9_]{1,32}$/;
/** A longer search is cut. */
const queryLengthMax = 100;

function unescapeOne(code: string): string {
  return decodeURIComponent(code);
}

function parsePlace(text: string): MapPlace | undefined {
  const parts = text.split(',');
  const [lat = Number.NaN, lon = Number.NaN, zoom = Number.NaN] = parts.map(Number);
  const sound =
    parts.length === 3 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 1 && zoom <= 19;
  return sound ? { lat, lon, zoom } : undefined;
}

/** Five decimals are a metre. */
function formatPlace({ lat, lon, zoom }: MapPlace): string {
  return `${lat.toFixed(5)},${lon.toFixed(5)},${Number(zoom.toFixed(2))}`;
}
