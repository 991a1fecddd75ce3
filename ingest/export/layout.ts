import type { ExportFormat } from '../../broker/contract/exports.ts';
import { columnsOf, type RowColumn, type SeriesColumn } from './columns.ts';
import type { ExportRequest } from './port.ts';
import {
  attributeSql,
  csvFormat,
  geoJsonFormat,
  type LineFormat,
  lineProtocolFormat,
  ndjsonFormat,
  textSql,
  utcPlus1Ms,
} from './text.ts';

/** What a file of each format is called and sent as. */
export const fileKinds: Readonly<Record<ExportFormat, { extension: string; contentType: string }>> =
  {
    csv: { extension: 'csv', contentType: 'text/csv; charset=utf-8; header=present' },
    ndjson: { extension: 'ndjson', contentType: 'application/x-ndjson; charset=utf-8' },
    parquet: { extension: 'parquet', contentType: 'application/vnd.apache.parquet' },
    xlsx: {
      extension: 'xlsx',
      contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    },
    geojson: { extension: 'geojson', contentType: 'application/geo+json; charset=utf-8' },
    line: { extension: 'lp', contentType: 'text/plain; charset=utf-8' },
  };

/** How rows become bytes of a line format. A spreadsheet is made of lines of JSON. */
export function lineFormatOf(request: ExportRequest): LineFormat {
  const columns = columnsOf(request);
  switch (request.format) {
    case 'csv':
      return csvFormat(columns, request.variant);
    case 'geojson':
      return geoJsonFormat(columns);
    case 'line':
      return lineProtocolFormat(columns);
    default:
      return ndjsonFormat(columns);
  }
}

/** One line for each row, out of `rows`. */
export function linesSql({ rest }: LineFormat, rows: string): string {
  // One call for all: each `||` would copy the text once more.
  return `SELECT concat(head::VARCHAR, ${rest.join(', ')}) AS line FROM (${rows})`;
}

/** Nothing is quoted: the lines are complete. A delimiter must be named all the same. */
export const linesOptions = `(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u001f')`;

/** Typed columns, as Parquet has them. */
export interface ParquetLayout {
  attributes: readonly SeriesColumn[];
  select: string;
}

/** The columns of a Parquet file. */
export function parquetLayoutOf(request: ExportRequest): ParquetLayout {
  const attributes: SeriesColumn[] = [];
  const select = columnsOf(request).map((column) => {
    if ('sql' in column) return `${typedSql(column)} AS "${column.name}"`;
    attributes.push(column);
    return `${typedAttributeSql(column, attributes.length - 1)} AS "${column.name}"`;
  });
  return { attributes, select: select.join(', ') };
}

/**
 * An enumeration is written with all of its values as the dictionary of each row group, without a look at a single
 * text. Other columns keep their own bounds in each row group, by which readers find a device.
 */
function typedAttributeSql({ kind, isFew }: SeriesColumn, index: number): string {
  if (isFew) return `attribute${index}`;
  const text = attributeSql(index);
  return kind === 'integer' ? `${text}::INTEGER` : text;
}

/** Two or three row groups a slice, so that one is held in memory; without what only searches within large files need. */
export const parquetOptions =
  '(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880, WRITE_BLOOM_FILTER false)';

function typedSql({ kind, sql }: RowColumn): string {
  switch (kind) {
    case 'instant':
      // A cast would ask the calendar about each instant.
      return `make_timestamptz((${sql})::BIGINT * 1000)`;
    case 'localTime':
      return `make_timestamp_ms((${sql})::BIGINT + ${utcPlus1Ms})`;
    case 'integer':
      return `(${sql})::INTEGER`;
    case 'decimal':
      // By way of the text: a double is never exactly what was measured.
      return `(${sql})::VARCHAR::DECIMAL(38, 18)`;
    case 'number':
      return `(${sql})::DOUBLE`;
    case 'text':
      return textSql(kind, sql);
  }
}
