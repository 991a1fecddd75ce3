import type { DeviceKind } from '../../../broker/contract/device.ts';
import type { Standing } from '../../../broker/contract/standing.ts';
import type { Row } from './row.ts';

/** What the list and the map show of all devices. */
export interface Filter {
  /** Empty = all kinds. */
  kinds: readonly DeviceKind[];
  standing?: Standing | undefined;
  q: string;
}

export const sortOrders = ['worst', 'name', 'value', 'age'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** The rows that pass; words of `q` must all occur in name, id, provider, district or model. */
export function filterRows(rows: Iterable<Row>, filter: Filter): Row[] {
  const words = fold(filter.q).split(/\s+/).filter(Boolean);
  const passed: Row[] = [];
  for (const row of rows) {
    if (filter.kinds.length > 0 && !filter.kinds.includes(row.kind)) continue;
    if (filter.standing && row.standing !== filter.standing) continue;
    if (words.length > 0 && !matches(row, words)) continue;
    passed.push(row);
  }
  return passed;
}

/**
 * Sorts in place. `worst`: by severity, then the silent ones, longest silence first, then by name: an
 * order that stays still while values tick, so that a row does not run away from a finger.
 */
export function sortRows(rows: Row[], order: SortOrder): Row[] {
  return rows.sort((a, b) => comparators[order](a, b) || byName(a, b));
}

/**
 * Puts what a search most likely means first, and leaves the order as it is among equals: in place. A name counts more
 * than an id, an id more than a place, that more than who provides the device; a beginning more than the middle.
 */
export function rankRows(rows: Row[], q: string): Row[] {
  const words = fold(q).split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  const ranks = new Map(rows.map((row) => [row, rankOf(row, words)]));
  return rows.sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
}

function rankOf({ name, device }: Row, words: readonly string[]): number {
  const fields = [name, device.id, device.district ?? '', device.provider].map(fold);
  return words.reduce((sum, word) => {
    const marks = fields.map((field, index) => {
      const weight = 2 * (fields.length - index);
      if (field.startsWith(word) || field.includes(` ${word}`)) return weight + 1;
      return field.includes(word) ? weight : 0;
    });
    return sum + Math.max(...marks);
  }, 0);
}

const comparators: Readonly<Record<SortOrder, (a: Row, b: Row) => number>> = {
  worst: (a, b) => urgency(b) - urgency(a) || (isSilent(a) ? byAge(a, b) : 0),
  name: () => 0,
  value: (a, b) =>
    a.kind.localeCompare(b.kind) ||
    (b.main?.value ?? Number.NEGATIVE_INFINITY) - (a.main?.value ?? Number.NEGATIVE_INFINITY),
  age: byAge,
};

function urgency(row: Row): number {
  if (row.standing === 'abnormal') return 10 + row.severity;
  if (row.standing === 'offline') return 2;
  return row.standing === 'stale' ? 1 : 0;
}

function isSilent({ standing }: Row): boolean {
  return standing === 'offline' || standing === 'stale';
}

/** Longest silence first; what never spoke before all. */
function byAge(a: Row, b: Row): number {
  return (a.seenAt ?? 0) - (b.seenAt ?? 0);
}

const collator = new Intl.Collator(undefined, { numeric: true });

function byName(a: Row, b: Row): number {
  return collator.compare(a.name, b.name);
}

function matches(row: Row, words: readonly string[]): boolean {
  const { device } = row;
  const text = fold(
    `${row.name} ${row.key} ${device.district ?? ''} ${device.model ?? ''} ${device.kind}`,
  );
  return words.every((word) => text.includes(word));
}

/** Case and accents do not matter to a search. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
}
