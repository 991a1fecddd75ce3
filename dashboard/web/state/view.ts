import type { AlarmPriority } from '../../../broker/contract/alarm-rules.ts';
import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Language } from '../../../broker/contract/metrics.ts';
import { type Standing, standings } from '../../../broker/contract/standing.ts';
import { type SortOrder, sortOrders } from './filter.ts';

export const rangeNames = ['1h', '6h', '24h', '7d', '30d', '1y'] as const;
export type RangeName = (typeof rangeNames)[number];

/** The screens, each with a path of its own; `device` is `/device/<provider>/<device>`. */
export const pageNames = [
  'overview',
  'air',
  'light',
  'waste',
  'alarms',
  'device',
  'export',
  'status',
  'admin',
  'help',
] as const;
export type PageName = (typeof pageNames)[number];

/** The same device earlier, the median of its district, or another device. */
export const earlier = ['day', 'week', 'year'] as const;
export type Comparand = (typeof earlier)[number] | 'district' | DeviceKey;
/** More lines cannot be told apart. */
export const comparandsMax = 3;

/** What the detail shows of a device. */
export const sectionNames = ['values', 'year', 'comparison'] as const;
export type SectionName = (typeof sectionNames)[number];

/** How far back a comparison reaches, days. */
export const spanDays = { '7d': 7, '30d': 30, '90d': 90, '365d': 365 } as const;
export type SpanName = keyof typeof spanDays;

/** How far ahead a collection is planned, hours. */
export const horizonHours = [0, 12, 24, 48] as const;
export type HorizonHours = (typeof horizonHours)[number];
const spanNames = Object.keys(spanDays) as SpanName[];

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
  /** How far back from now; without effect while there is a `window`. */
  range: RangeName;
  /** A span that stands still, epoch ms UTC, half-open: what is cited stays what it was. */
  window?: { from: number; to: number } | undefined;
  /** What stands beside a series in its chart. */
  compare: readonly Comparand[];
  /** Undefined: the device's main metric. */
  metric?: string | undefined;
  section: SectionName;
  /** Version of the air index; undefined: as last chosen here. */
  scheme?: string | undefined;
  /** Of the statistics; undefined: the present one. */
  year?: number | undefined;
  /** Rule set of the statistics; undefined: the one in force. */
  rules?: string | undefined;
  /** What a maker's device is compared with; undefined: the nearest reference. */
  reference?: DeviceKey | undefined;
  span: SpanName;
  page: PageName;
  /** Part of a screen; each screen knows its own names. Undefined: its first. */
  tab?: string | undefined;
  /** The alarm that is looked at. */
  alarm?: string | undefined;
  /** Of the alarms in the list; empty = all. */
  priorities: readonly AlarmPriority[];
  /** Lamps' cabinet or waste stream that a screen is narrowed to. */
  group?: string | undefined;
  /** Column that a table is sorted by, with `-` before it downwards. Undefined: worst first. */
  order?: string | undefined;
  horizon: HorizonHours;
  map?: MapPlace | undefined;
  /** What a narrow screen shows. */
  pane: 'list' | 'map';
  theme?: 'light' | 'dark' | undefined;
  lang?: Language | undefined;
  kiosk: boolean;
  /** A wall goes round these screens. */
  rotate?: Rotation | undefined;
}

/** The screens of a wall one after the other, each for so long. */
export interface Rotation {
  pages: readonly PageName[];
  seconds: number;
}

export const kinds = [
  'air',
  'light',
  'waste',
  'noise',
  'weather',
  'other',
] as const satisfies readonly DeviceKind[];

/** Worst first. */
export const priorities = [
  'critical',
  'high',
  'medium',
  'low',
] as const satisfies readonly AlarmPriority[];

export const languages = ['de', 'en', 'ca', 'es'] as const satisfies readonly Language[];

/** The view of another screen, as one comes to it fresh: only what is not about a screen goes along. */
export function freshView(
  { theme, lang, kiosk, rotate }: View,
  page: PageName,
  patch: Partial<View> = {},
): View {
  return {
    ...parseView({ pathname: '/', search: '' }),
    theme,
    lang,
    kiosk,
    rotate,
    page,
    ...patch,
  };
}

/** Reads an address; what is malformed or unknown is as if it were not there. */
export function parseView({ pathname, search }: { pathname: string; search: string }): View {
  const parameters = new URLSearchParams(search);
  const [, first = '', ...rest] = pathname.split('/');
  const page = pageNames.find((candidate) => candidate === first) ?? 'overview';
  const keyInPath = rest.join('/');
  const one = <T extends string>(name: string, allowed: readonly T[]): T | undefined =>
    allowed.find((candidate) => candidate === parameters.get(name));
  const key = (name: string): DeviceKey | undefined => {
    const text = parameters.get(name) ?? '';
    return devicePattern.test(text) ? (text as DeviceKey) : undefined;
  };
  const matching = (parameter: string, pattern: RegExp): string | undefined => {
    const text = parameters.get(parameter) ?? '';
    return pattern.test(text) ? text : undefined;
  };
  const year = matching('year', yearPattern);
  const wanted = (parameters.get('kind') ?? '').split(',');
  const wantedPriorities = (parameters.get('priority') ?? '').split(',');
  return {
    page,
    device:
      page === 'device' && devicePattern.test(keyInPath) ? (keyInPath as DeviceKey) : key('device'),
    tab: matching('tab', wordPattern),
    alarm: matching('alarm', idPattern),
    priorities: priorities.filter((priority) => wantedPriorities.includes(priority)),
    group: matching('group', groupPattern),
    order: matching('order', orderPattern),
    horizon: horizonHours.find((hours) => String(hours) === parameters.get('horizon')) ?? 24,
    kinds: kinds.filter((kind) => wanted.includes(kind)),
    standing: one('status', standings),
    q: (parameters.get('q') ?? '').slice(0, queryLengthMax),
    sort: one('sort', sortOrders) ?? 'worst',
    range: one('range', rangeNames) ?? '24h',
    window: parseWindow(parameters.get('from'), parameters.get('to')),
    compare: parseCompare(parameters.get('compare') ?? ''),
    metric: matching('metric', metricPattern),
    section: one('section', sectionNames) ?? 'values',
    scheme: matching('scheme', rulesPattern),
    year: year === undefined ? undefined : Number(year),
    rules: matching('rules', rulesPattern),
    reference: key('reference'),
    span: one('span', spanNames) ?? '30d',
    map: parsePlace(parameters.get('map') ?? ''),
    pane: one('pane', ['map'] as const) ?? 'list',
    theme: one('theme', ['light', 'dark'] as const),
    lang: one('lang', languages),
    kiosk: parameters.get('kiosk') === '1',
    rotate: parseRotation(parameters.get('rotate') ?? ''),
  };
}

/** The address of a view, path and query; what is as by default is left out. */
export function formatView(view: View): string {
  const deviceInPath = view.page === 'device' && view.device !== undefined;
  const pairs: [string, string | undefined][] = [
    ['device', deviceInPath ? undefined : view.device],
    ['tab', view.tab],
    ['alarm', view.alarm],
    ['priority', view.priorities.join(',')],
    ['group', view.group],
    ['order', view.order],
    ['horizon', view.horizon === 24 ? undefined : String(view.horizon)],
    ['metric', view.metric],
    ['section', view.section === 'values' ? undefined : view.section],
    ['scheme', view.scheme],
    ['year', view.year?.toString()],
    ['rules', view.rules],
    ['reference', view.reference],
    ['span', view.span === '30d' ? undefined : view.span],
    ['range', view.range === '24h' ? undefined : view.range],
    ['from', view.window && new Date(view.window.from).toISOString()],
    ['to', view.window && new Date(view.window.to).toISOString()],
    ['compare', view.compare.join(',')],
    ['kind', view.kinds.join(',')],
    ['status', view.standing],
    ['q', view.q],
    ['sort', view.sort === 'worst' ? undefined : view.sort],
    ['map', view.map && formatPlace(view.map)],
    ['pane', view.pane === 'map' ? 'map' : undefined],
    ['theme', view.theme],
    ['lang', view.lang],
    ['kiosk', view.kiosk ? '1' : undefined],
    ['rotate', view.rotate && formatRotation(view.rotate)],
  ];
  const query = pairs
    .filter((pair): pair is [string, string] => Boolean(pair[1]))
    // Slashes, commas and colons are legal in a query and far easier to read and to say.
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replace(/%2F|%2C|%3A/g, unescapeOne)}`,
    )
    .join('&');
  const path = view.page === 'overview' ? '/' : `/${view.page}`;
  return `${path}${deviceInPath ? `/${view.device}` : ''}${query && `?${query}`}`;
}

const devicePattern = /^[A-Za-z0-9_-]{1,64}\/[A-Za-z0-9_-]{1,64}$/;
/** `EAQI-2024`, `EU-2008-50` */
const rulesPattern = /^([A-Z][A-Za-z0-9-]{1,31}|none)$/;
const yearPattern = /^(19|20)\d\d$/;
const metricPattern = /^[a-z0-9_]{1,32}$/;
const wordPattern = /^[a-z-]{1,32}$/;
const orderPattern = /^-?[a-z][a-z0-9_-]{0,31}$/;
const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
/** A cabinet as `<provider>/<group>`, or a word. */
const groupPattern = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64})?$/;
/** A longer search is cut. */
const queryLengthMax = 100;

function unescapeOne(code: string): string {
  return decodeURIComponent(code);
}

/** A wall shows each screen for at least as long as it takes to read one, and at most an hour. */
const rotationSeconds = { min: 5, max: 3_600 } as const;
/** Longer lists are read by nobody: the rest is left out. */
const rotationPagesMax = 10;

/** `overview,air,alarms:30`; fewer than two screens are no round. */
function parseRotation(text: string): Rotation | undefined {
  const [list = '', length = '30'] = text.split(':');
  const pages = list
    .split(',')
    .map((name) => pageNames.find((page) => page === name))
    .filter((page) => page !== undefined)
    .slice(0, rotationPagesMax);
  const { min, max } = rotationSeconds;
  const seconds = Math.min(max, Math.max(min, Math.round(Number(length))));
  return pages.length > 1 && Number.isFinite(seconds) ? { pages, seconds } : undefined;
}

function formatRotation({ pages, seconds }: Rotation): string {
  return `${pages.join(',')}:${seconds}`;
}

/** Instants in ISO 8601 UTC, as a citation has them. */
function parseWindow(from: string | null, to: string | null): View['window'] {
  if (!instantPattern.test(from ?? '') || !instantPattern.test(to ?? '')) return undefined;
  const window = { from: Date.parse(from ?? ''), to: Date.parse(to ?? '') };
  return window.from < window.to ? window : undefined;
}

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/;

function parseCompare(text: string): Comparand[] {
  const known: readonly string[] = [...earlier, 'district'];
  const sound = text.split(',').filter((part) => known.includes(part) || devicePattern.test(part));
  return [...new Set(sound)].slice(0, comparandsMax) as Comparand[];
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
