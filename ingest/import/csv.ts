import { metrics } from '../../broker/contract/metrics.ts';
import { shown } from '../decode/decoder.ts';
import { cellsOf, type Delimiter, delimiterOf, withPoint } from './cells.ts';
import type { LineParser, ParsedLine } from './row.ts';
import { malformed, onlyFault, UnreadableFile } from './row.ts';

/** Names of the column with the event time. */
const timeNames: ReadonlySet<string> = new Set(['at', 'time', 'timestamp']);
/** Columns of our own export that say nothing which an import may decide: quality is judged anew. */
const exportNames: ReadonlySet<string> = new Set(['flag', 'reasons', 'received_at']);

interface Layout {
  delimiter: Delimiter;
  names: string[];
  at: number;
  device: number | undefined;
  /** One value a line, with its metric named; otherwise each column of a metric has one. */
  long: { metric: number; value: number; unit: number | undefined } | undefined;
  /** Columns of the wide form that hold metrics. */
  wide: { name: string; index: number }[];
}

/**
 * CSV with a header line: our own export of raw values in both variants (`,` and point; `;` and decimal comma),
 * `device,metric,at,value` in any order, or one column for each metric (`device,at,pm10,pm2_5`).
 */
export function createCsvParser(): LineParser {
  const ignoredColumns = new Set<string>();
  let layout: Layout | undefined;
  return {
    ignoredColumns,
    parse(line, text) {
      if (text.trim() === '' || text.startsWith('#')) return undefined;
      if (layout) return parseRow(layout, line, text);
      layout = layoutOf(text, ignoredColumns);
      return undefined;
    },
  };
}

function layoutOf(text: string, ignoredColumns: Set<string>): Layout {
  const delimiter = delimiterOf(text);
  const cells = cellsOf(text, delimiter);
  const names = Array.isArray(cells) ? cells.map((cell) => cell.toLowerCase()) : [];
  const find = (name: string): number | undefined =>
    names.includes(name) ? names.indexOf(name) : undefined;
  const at = names.findIndex((name) => timeNames.has(name));
  const metric = find('metric');
  const value = find('value');
  const isLong = metric !== undefined && value !== undefined;
  const known: ReadonlySet<string> = new Set(['device', ...timeNames]);
  const wide = names
    .map((name, index) => ({ name, index }))
    .filter(({ name, index }) => index !== at && !known.has(name) && !exportNames.has(name));
  if (at < 0 || !(isLong || wide.some(({ name }) => metrics.has(name)))) {
    throw new UnreadableFile(
      `the first line must name the columns "at" and either "metric" and "value" or metrics, got ${shown(text)}`,
    );
  }
  if (new Set(names).size !== names.length) {
    throw new UnreadableFile(`the first line names a column twice: ${shown(text)}`);
  }
  const used: ReadonlySet<string> = new Set([...known, 'metric', 'value', 'unit']);
  for (const name of names) {
    if (isLong ? !used.has(name) : exportNames.has(name)) ignoredColumns.add(name);
  }
  const long = isLong ? { metric, value, unit: find('unit') } : undefined;
  return { delimiter, names, at, device: find('device'), long, wide: isLong ? [] : wide };
}

function parseRow(layout: Layout, line: number, text: string): ParsedLine {
  const cells = cellsOf(text, layout.delimiter);
  if (!Array.isArray(cells)) return onlyFault(malformed(line, `${cells.fault}: ${shown(text)}`));
  if (cells.length !== layout.names.length) {
    const detail = `the header has ${layout.names.length} fields, got ${cells.length}: ${shown(text)}`;
    return onlyFault(malformed(line, detail));
  }
  const cell = (index: number | undefined): string =>
    (index === undefined ? undefined : cells[index]) ?? '';
  const number = (index: number): string =>
    layout.delimiter === ',' ? cell(index) : withPoint(cell(index));
  const device = cell(layout.device) || undefined;
  const at = cell(layout.at) || null;
  const { long } = layout;
  const columns = long
    ? [{ name: cell(long.metric), index: long.value }]
    : layout.wide.filter(({ index }) => index !== undefined);
  const wrongUnit = long && unitFault(line, cell(long.metric), cell(long.unit));
  if (wrongUnit) return onlyFault(wrongUnit);
  const given = columns.filter(({ index }) => cell(index) !== '');
  return {
    values: given.map(({ name, index }) => ({
      line,
      device,
      metric: name,
      value: number(index),
      at,
    })),
    faults: [],
    notMeasured: columns.length - given.length,
  };
}

/** A file that says its unit is believed: a value in another one is not taken for one of ours. */
function unitFault(line: number, name: string, unit: string) {
  const metric = metrics.get(name);
  if (!metric || unit === '' || unit === metric.unit) return undefined;
  const detail = `${name} is in ${metric.unit || 'no unit'}, got ${shown(unit)}`;
  return { line, reason: 'unknown-unit' as const, field: name, detail };
}
