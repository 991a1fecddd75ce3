import { shown } from '../decode/decoder.ts';
import { cellsOf, type Delimiter, delimiterOf } from './cells.ts';
import type { LineParser, ParsedLine } from './row.ts';
import { malformed, onlyFault, UnreadableFile } from './row.ts';

interface Column {
  metric: string;
  /** From the archive's unit to the catalogue's. */
  convert?: (value: number) => number;
}

const pascal = (value: number): number => value / 100;

/** P0 = PM1, P2 = PM2.5, P4 = PM4, P1 = PM10; pressure in Pa. */
const columns: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['P0', { metric: 'pm1' }],
  ['P2', { metric: 'pm2_5' }],
  ['P4', { metric: 'pm4' }],
  ['P1', { metric: 'pm10' }],
  ['temperature', { metric: 'temperature' }],
  ['humidity', { metric: 'relative_humidity' }],
  ['pressure', { metric: 'pressure', convert: pascal }],
  ['pressure_sealevel', { metric: 'pressure_sea_level', convert: pascal }],
  ['co2_ppm', { metric: 'co2' }],
  ['noise_LAeq', { metric: 'noise' }],
  ['noise_LA_min', { metric: 'noise_min' }],
  ['noise_LA_max', { metric: 'noise_max' }],
]);
const headNames: ReadonlySet<string> = new Set([
  'sensor_id',
  'sensor_type',
  'location',
  'lat',
  'lon',
  'timestamp',
]);
/** Its P1 and P2 are counts of low pulses, not µg/m³. */
const countingSensor = 'PPD42NS';

/**
 * A day's or month's file of the sensor.community archive: `sensor_id;sensor_type;location;lat;lon;timestamp;P1;…`.
 * Times have no zone and are UTC. The device is `sensor-community-<sensor_id>`.
 */
export function createSensorCommunityParser(): LineParser {
  const ignoredColumns = new Set<string>();
  let layout: { delimiter: Delimiter; names: string[] } | undefined;
  return {
    ignoredColumns,
    parse(line, text) {
      if (text.trim() === '') return undefined;
      if (layout) return parseRow(layout, line, text);
      layout = layoutOf(text, ignoredColumns);
      return undefined;
    },
  };
}

function layoutOf(text: string, ignoredColumns: Set<string>) {
  const delimiter = delimiterOf(text);
  const cells = cellsOf(text, delimiter);
  const names = Array.isArray(cells) ? cells : [];
  const hasIdentity = names.includes('sensor_id') && names.includes('timestamp');
  if (!hasIdentity || !names.some((name) => columns.has(name))) {
    throw new UnreadableFile(
      `the first line must be like sensor_id;sensor_type;location;lat;lon;timestamp;P1;…, got ${shown(text)}`,
    );
  }
  for (const name of names) {
    if (!columns.has(name) && !headNames.has(name)) ignoredColumns.add(name);
  }
  return { delimiter, names };
}

function parseRow(
  { delimiter, names }: { delimiter: Delimiter; names: string[] },
  line: number,
  text: string,
): ParsedLine {
  const cells = cellsOf(text, delimiter);
  if (!Array.isArray(cells)) return onlyFault(malformed(line, `${cells.fault}: ${shown(text)}`));
  if (cells.length !== names.length) {
    const detail = `the header has ${names.length} fields, got ${cells.length}: ${shown(text)}`;
    return onlyFault(malformed(line, detail));
  }
  const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
  const id = cell('sensor_id');
  if (!/^\d{1,20}$/.test(id)) {
    return onlyFault(malformed(line, `sensor_id must be a number, got ${shown(id)}`));
  }
  if (cell('sensor_type').toUpperCase() === countingSensor) {
    const detail = `${countingSensor} counts pulses and measures no concentration`;
    return onlyFault({ line, reason: 'unknown-unit', field: 'sensor_type', detail });
  }
  const known = names.flatMap((name) => {
    const column = columns.get(name);
    return column ? [{ name, column }] : [];
  });
  const given = known.filter(({ name }) => cell(name) !== '');
  return {
    values: given.map(({ name, column }) => ({
      line,
      device: `sensor-community-${id}`,
      metric: column.metric,
      value: converted(column, cell(name)),
      at: asUtc(cell('timestamp')),
    })),
    faults: [],
    notMeasured: known.length - given.length,
  };
}

function asUtc(timestamp: string): string | null {
  if (timestamp === '') return null;
  return /^[\d-]+T[\d:.]+$/.test(timestamp) ? `${timestamp}Z` : timestamp;
}

/** Twelve digits: 96543.21 Pa are not 965.4321000000001 hPa. What is no number is left for the rules to refuse. */
function converted({ convert }: Column, text: string): string | number {
  const value = Number(text);
  if (!convert || !Number.isFinite(value)) return text;
  return Number(convert(value).toPrecision(12));
}
