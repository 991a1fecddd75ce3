import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Resolution } from '../../../broker/contract/windows.ts';

/** Forms of a file as they are offered: a format of the API with its options. */
export const forms = {
  csv: { format: 'csv' },
  'csv-de': { format: 'csv', variant: 'de' },
  ndjson: { format: 'ndjson' },
  parquet: { format: 'parquet' },
  'parquet-eea': { format: 'parquet', columns: 'eea' },
  xlsx: { format: 'xlsx' },
  geojson: { format: 'geojson' },
  line: { format: 'line' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;
export type FormName = keyof typeof forms;
export const formNames = Object.keys(forms) as FormName[];

/** What is to be exported. */
export interface ExportChoice {
  /** Undefined: all that the reader may see. */
  devices: readonly DeviceKey[] | undefined;
  /** Of these, only one kind. */
  kind?: DeviceKind | undefined;
  /** Undefined: all that the devices have. */
  metrics: readonly string[] | undefined;
  /** First and last day, `2026-11-22`, both included, in fixed UTC+1 as legal days are. */
  firstDay: string;
  lastDay: string;
  resolution: Resolution;
  form: FormName;
  /** Windows without data become rows without a value. */
  gaps: boolean;
}

/** Why a choice cannot be exported; undefined when it can. */
export type ChoiceFault =
  | 'no-days'
  | 'days-reversed'
  | 'no-devices'
  | 'too-many-devices'
  | 'no-metrics'
  | 'eea-tiers';

/** Devices that can be named in one request; the API's `exportNamesMax`. */
export const devicesMax = 5_000;

/** What can be told before anybody is asked. */
export function faultOf(choice: ExportChoice): ChoiceFault | undefined {
  const from = dayStart(choice.firstDay);
  const to = dayStart(choice.lastDay);
  if (!Number.isFinite(from) || !Number.isFinite(to)) return 'no-days';
  if (to < from) return 'days-reversed';
  if (choice.devices?.length === 0) return 'no-devices';
  if ((choice.devices?.length ?? 0) > devicesMax) return 'too-many-devices';
  if (choice.metrics?.length === 0) return 'no-metrics';
  const coarse = choice.resolution === '1h' || choice.resolution === '1d';
  return choice.form === 'parquet-eea' && !coarse ? 'eea-tiers' : undefined;
}

/** Start of a legal day (UTC+1, no summer time), epoch ms; NaN for what is no day. */
export function dayStart(day: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00+01:00`) : Number.NaN;
}

/** The legal day that holds an instant. */
export function legalDay(at: number): string {
  return new Date(at + utcPlus1Ms).toISOString().slice(0, 10);
}

const utcPlus1Ms = 3_600_000;
const dayMs = 86_400_000;

/** The parameters of the API, in the order that reads best. Only for a choice without a fault. */
export function parametersOf(choice: ExportChoice): [name: string, value: string][] {
  const { devices, metrics, resolution, form, gaps } = choice;
  const pairs: [string, string | undefined][] = [
    ['device', devices?.join(',')],
    ['kind', choice.kind],
    ['metric', metrics?.join(',')],
    ['from', new Date(dayStart(choice.firstDay)).toISOString()],
    ['to', new Date(dayStart(choice.lastDay) + dayMs).toISOString()],
    ['resolution', resolution],
    ...Object.entries(forms[form]),
    ['gaps', hasGaps(choice) ? String(gaps) : undefined],
  ];
  return pairs.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

/** True where windows without data can be rows. */
export function hasGaps({ resolution, form }: Pick<ExportChoice, 'resolution' | 'form'>): boolean {
  return resolution !== 'raw' && form !== 'line';
}

/** The same as the body of `POST /exports`. */
export function bodyOf(choice: ExportChoice): Record<string, string> {
  return Object.fromEntries(parametersOf(choice));
}

/**
 * The command that fetches the same file. It resumes with `-C -` where it broke off. `signedIn`: a token is
 * needed to see the same.
 */
export function curlOf(
  choice: ExportChoice,
  { origin, signedIn }: { origin: string; signedIn: boolean },
): string {
  const lines = [
    `curl --fail --get ${quote(`${origin}/api/v1/export`)}`,
    ...(signedIn ? [`-H "Authorization: Bearer $TOKEN"`] : []),
    ...parametersOf(choice).map(([name, value]) => `-d ${quote(`${name}=${encode(value)}`)}`),
    `-o ${quote(`sensorplatz.${extensions[forms[choice.form].format]}`)}`,
  ];
  return lines.join(' \\\n  ');
}

const extensions: Readonly<Record<(typeof forms)[FormName]['format'], string>> = {
  csv: 'csv',
  ndjson: 'ndjson',
  parquet: 'parquet',
  xlsx: 'xlsx',
  geojson: 'geojson',
  line: 'lp',
};

function encode(value: string): string {
  return encodeURIComponent(value).replace(/%2F|%3A|%2C/g, decodeURIComponent);
}

/** For a POSIX shell. Origins, ids and names hold no apostrophe; nothing but safety relies on it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
