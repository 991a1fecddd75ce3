import { median } from '../figures.ts';
import { type AnyRow, isLoaderBound, type Row, ratioOf, type Target, verdictOf } from './row.ts';

/** What the table stands under: the machine, the versions, the run. */
export type Heading = readonly (readonly [name: string, value: string])[];

const columns = ['what', 'ours', 'peer', 'ratio', 'target', 'verdict', 'loader', 'lost'] as const;

/** The table as text: for each row its cells, and what belongs to it below. */
export function asText(heading: Heading, rows: readonly AnyRow[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const nameWidth = Math.max(...heading.map(([name]) => name.length));
  return [
    ...heading.map(([name, value]) => `${name.padEnd(nameWidth)}  ${value}`),
    '',
    line(columns),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.flatMap((row) => [line(cellsOf(row)), ...notesOf(row).map((note) => `    ${note}`)]),
  ].join('\n');
}

/** The table as Markdown, to be pasted into a document. */
export function asMarkdown(heading: Heading, rows: readonly AnyRow[]): string {
  const line = (row: readonly string[]) => `| ${row.map(escaped).join(' | ')} |`;
  return [
    ...heading.map(([name, value]) => `- ${name}: ${value}`),
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
    '',
    ...rows
      .filter((row) => notesOf(row).length > 0)
      .map((row) => `- **${row.what}**: ${notesOf(row).join('; ')}`),
    '',
  ].join('\n');
}

/** Everything of the run with each single value, for programs. */
export function asJson(heading: Heading, rows: readonly AnyRow[]): string {
  const described = rows.map((row) => ({
    ...row,
    ...('ours' in row && { ratio: ratioOf(row), isLoaderBound: isLoaderBound(row.loader) }),
    verdict: verdictOf(row),
  }));
  return `${JSON.stringify({ ...Object.fromEntries(heading), rows: described }, null, 2)}\n`;
}

function cellsOf(row: AnyRow): readonly string[] {
  if ('failed' in row) return [row.what, '', '', '', '', verdictOf(row), '', ''];
  const target = targetText(row.target);
  if ('notMeasured' in row) return [row.what, '', '', '', target, verdictOf(row), '', ''];
  return [
    row.what,
    spreadText(row.ours, row.unit),
    `${row.peer.name} ${spreadText(row.peer.values, row.unit)}`,
    figure(ratioOf(row)),
    target,
    verdictOf(row),
    loaderText(row),
    lostText(row),
  ];
}

function notesOf(row: AnyRow): readonly string[] {
  if ('failed' in row) return [`FAILED: ${row.failed}`];
  if ('notMeasured' in row) return [`not measured: ${row.notMeasured}`];
  return [
    ...(row.fault === undefined ? [] : [`FAULT: ${row.fault}`]),
    ...(isLoaderBound(row.loader)
      ? ['THE LOADER IS THE BOTTLENECK: the server may do better than this figure']
      : []),
    ...row.notes,
  ];
}

/** The median, and between which values it lies when there are several. */
export function spreadText(values: readonly number[], unit: string): string {
  const middle = `${figure(median(values))} ${unit}`;
  if (values.length < 2) return middle;
  return `${middle} (${figure(Math.min(...values))}..${figure(Math.max(...values))})`;
}

/** Three digits, or whole from a hundred on, with thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Math.abs(value) >= 100) {
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  }
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function targetText(target: Target): string {
  return 'atLeast' in target ? `≥ ${figure(target.atLeast)}` : `≤ ${figure(target.atMost)}`;
}

function loaderText({ loader }: Row): string {
  if (!loader) return '';
  const cost = `${figure(median(loader.usPerMessage))} µs, ${figure(median(loader.busyPercent))} %`;
  return isLoaderBound(loader) ? `${cost} BOTTLENECK` : cost;
}

function lostText({ lost, readBack }: Row): string {
  if (lost === undefined) return '';
  return readBack === undefined ? String(lost) : `${lost} of ${figure(readBack + lost)}`;
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');
