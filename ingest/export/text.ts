import { line } from '../store/influx/escape.ts';
import type { CellKind, Column, RowColumn, SeriesColumn } from './columns.ts';
import type { ExportSeries } from './port.ts';
import { literal } from './sql.ts';

/**
 * A format of lines. Each row is one SQL expression that gives its line without the line feed: the engine
 * puts a text together several times as fast as its own CSV writer quotes columns, and the bytes are ours.
 */
export interface LineFormat {
  /** Before the first row, and after the last. */
  opening: string;
  closing: string;
  /** Bytes at the beginning of the first row that separate rows. */
  separatorBytes: number;
  /** The beginning of each row of a series; unique among the series of an export. */
  headOf(series: ExportSeries): string;
  /** Columns of the series that stand within the row; the engine offers them as `attribute0`, `attribute1`, … */
  attributes: readonly SeriesColumn[];
  /** The rest of a row: expressions whose texts follow each other; NULL is nothing. */
  rest: readonly string[];
}

/** RFC 4180; `de`: semicolon, decimal comma and a byte order mark. */
export function csvFormat(columns: readonly Column[], variant: 'plain' | 'de'): LineFormat {
  const delimiter = variant === 'de' ? ';' : ',';
  const { leading, attributes, others } = arrange(columns);
  const cells = others.flatMap((cell, index) => {
    const comma = index > 0 || leading.length > 0 ? [literal(delimiter)] : [];
    return [...comma, csvCellSql(cell, variant)];
  });
  const bom = variant === 'de' ? '\uFEFF' : '';
  return {
    opening: `${bom}${columns.map(({ name }) => name).join(delimiter)}\r\n`,
    closing: '',
    separatorBytes: 0,
    headOf: (series) => leading.map((one) => csvCell(one.of(series), delimiter)).join(delimiter),
    attributes: attributes.map((one) => ({
      ...one,
      of: (series) => csvCell(one.of(series), delimiter),
    })),
    rest: [...cells, 'chr(13)'],
  };
}

/** One JSON object a line. */
export function ndjsonFormat(columns: readonly Column[]): LineFormat {
  const { leading, attributes, others } = arrange(columns);
  return {
    opening: '',
    closing: '',
    separatorBytes: 0,
    headOf: (series) => `{${members(leading, series)}`,
    attributes: jsonAttributes(attributes),
    rest: [...others.map(jsonMemberSql), "'}'"],
  };
}

/** GeoJSON (RFC 7946): a feature a row, a null geometry where the place is not known. */
export function geoJsonFormat(columns: readonly Column[]): LineFormat {
  const { leading, attributes, others } = arrange(columns);
  return {
    opening: '{"type":"FeatureCollection","features":[\n',
    closing: ']}\n',
    separatorBytes: 1,
    headOf: (series) => {
      const { location } = series;
      const geometry = location
        ? { type: 'Point', coordinates: [location.lon, location.lat] }
        : null;
      return `,{"type":"Feature","geometry":${JSON.stringify(geometry)},"properties":{${members(leading, series)}`;
    },
    attributes: jsonAttributes(attributes),
    rest: [...others.map(jsonMemberSql), "'}}'"],
  };
}

/** Line protocol, times in milliseconds. A row without a value has no line to stand in. */
export function lineProtocolFormat(columns: readonly Column[]): LineFormat {
  const fields = columns.filter((column): column is RowColumn => 'sql' in column);
  const [first, ...others] = fields
    .filter(({ name, kind }) => kind !== 'text' && name !== 'at' && name !== 'start')
    .sort((a, b) => Number(isValue(b)) - Number(isValue(a)));
  const field = ({ name, kind, sql }: RowColumn): string =>
    `'${name}=' || (${sql})::VARCHAR${kind === 'number' ? '' : ` || 'i'`}`;
  return {
    opening: '',
    closing: '',
    separatorBytes: 0,
    headOf: ({ device, metric }) => {
      const point = line({ device, metric, at: 0, fields: { x: 0 } });
      return point.slice(0, -'x=0 0'.length);
    },
    attributes: [],
    rest: [
      ...(first ? [field(first)] : []),
      ...others.map((column) => `',' || ${field(column)}`),
      "' '",
      'at_ms::VARCHAR',
    ],
  };
}

/** A cell of CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection). */
export function csvCell(text: string, delimiter: string): string {
  const safe = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text;
  return /["\r\n]/.test(safe) || safe.includes(delimiter)
    ? `"${safe.replaceAll('"', '""')}"`
    : safe;
}

/** The text of an attribute column within a row. */
export function attributeSql(index: number): string {
  return `attribute${index}::VARCHAR`;
}

/** What is the same in a series goes to the front of its rows as far as it stands there. */
function arrange(columns: readonly Column[]): {
  leading: SeriesColumn[];
  attributes: SeriesColumn[];
  others: RowColumn[];
} {
  const firstOfRow = columns.findIndex((column) => 'sql' in column);
  const leading = columns.slice(0, firstOfRow) as SeriesColumn[];
  const attributes: SeriesColumn[] = [];
  const others = columns.slice(firstOfRow).map((column): RowColumn => {
    if ('sql' in column) return column;
    attributes.push(column);
    return { name: column.name, kind: column.kind, sql: attributeSql(attributes.length - 1) };
  });
  return { leading, attributes, others };
}

function csvCellSql({ kind, sql }: RowColumn, variant: 'plain' | 'de'): string {
  const isNumber = kind === 'number' || kind === 'decimal';
  return isNumber && variant === 'de' ? `replace((${sql})::VARCHAR, '.', ',')` : textSql(kind, sql);
}

function jsonMemberSql({ name, kind, sql }: RowColumn): string {
  const key = literal(`,${JSON.stringify(name)}:`);
  const isBare = kind === 'number' || kind === 'decimal' || kind === 'integer';
  const text = textSql(kind, sql);
  return `${key} || coalesce(${isBare ? text : `'"' || ${text} || '"'`}, 'null')`;
}

function jsonAttributes(attributes: readonly SeriesColumn[]): SeriesColumn[] {
  return attributes.map((one) => ({ ...one, of: (series) => inner(one.of(series)) }));
}

/** A text within the quotes that its column puts around it. */
function inner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function members(columns: readonly SeriesColumn[], series: ExportSeries): string {
  return columns
    .map(({ name, kind, of }) => {
      const text = of(series);
      return `${JSON.stringify(name)}:${kind === 'integer' ? text : JSON.stringify(text)}`;
    })
    .join(',');
}

/** ISO 8601 with the offset and three digits of milliseconds. */
export function textSql(kind: CellKind, sql: string): string {
  if (kind === 'instant') {
    return `strftime(make_timestamp_ms((${sql})::BIGINT), '%Y-%m-%dT%H:%M:%S.%gZ')`;
  }
  if (kind === 'localTime') {
    const shifted = `make_timestamp_ms((${sql})::BIGINT + ${utcPlus1Ms})`;
    return `strftime(${shifted}, '%Y-%m-%d %H:%M:%S+01:00')`;
  }
  return `(${sql})::VARCHAR`;
}

/** Offset of the legal time base of European air quality data. */
export const utcPlus1Ms = 3_600_000;

function isValue({ name }: RowColumn): boolean {
  return name === 'value' || name === 'mean';
}
