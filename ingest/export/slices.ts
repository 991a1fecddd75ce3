import type { Resolution } from '../../broker/contract/windows.ts';

const dayMs = 86_400_000;

/**
 * Rows come in blocks of time, in a block ordered by device, metric and time: a block is what is sorted at most,
 * and one series alone is in order of time throughout. Blocks are counted from the epoch.
 */
export const blockMs: Readonly<Record<Resolution, number>> = {
  raw: dayMs,
  '1m': dayMs,
  '1h': 28 * dayMs,
  '1d': 3_652 * dayMs,
};

/** The rows of one series in one block, or a part of their time. */
export interface Unit {
  block: number;
  /** Place of the series in the export. */
  rank: number;
  from: number;
  to: number;
  rows: number;
}

/** Neighbouring units that are sorted and written together. */
export interface Slice {
  first: Unit;
  last: Unit;
  rows: number;
  /** None follows. */
  isLast: boolean;
}

/** The first slice is that much smaller: somebody waits for its bytes. */
const firstSliceShare = 5;

/**
 * Gathers units, in their order, to slices of about `rowsMax` rows. One that is half full ends with its block:
 * within a block less needs to be compared.
 */
export class Packer {
  readonly #rowsMax: number;
  #room: number;
  #open: Slice | undefined;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
    this.#room = rowsMax / firstSliceShare;
  }

  /** Answers the slice that is complete because the unit has no room in it. */
  add(unit: Unit): Slice | undefined {
    const open = this.#open;
    if (open && open.rows + unit.rows <= this.#room && !this.#endsBefore(open, unit)) {
      open.last = unit;
      open.rows += unit.rows;
      return undefined;
    }
    if (open) this.#room = this.#rowsMax;
    this.#open = { first: unit, last: unit, rows: unit.rows, isLast: false };
    return open;
  }

  /** The slice that is open at the end. */
  end(): Slice | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open && { ...open, isLast: true };
  }

  #endsBefore({ last, rows }: Slice, next: Unit): boolean {
    return last.block !== next.block && rows >= this.#rowsMax / 2;
  }
}

/** Divides a unit that is larger than a slice into parts of equal time. */
export function divide(unit: Unit, rowsMax: number): Unit[] {
  const parts = Math.ceil(unit.rows / rowsMax);
  if (parts <= 1) return [unit];
  const at = (index: number) => unit.from + Math.round(((unit.to - unit.from) * index) / parts);
  return Array.from({ length: parts }, (_, index) => ({
    ...unit,
    from: at(index),
    to: at(index + 1),
    rows: Math.ceil(unit.rows / parts),
  }));
}

/** The blocks that a span touches, as `[first, end)`. */
export function blocksOf(
  resolution: Resolution,
  { from, to }: { from: number; to: number },
): { first: number; end: number } {
  const width = blockMs[resolution];
  return { first: Math.floor(from / width), end: Math.ceil(to / width) };
}

/** What of a block lies in a span. */
export function clip(
  resolution: Resolution,
  block: number,
  span: { from: number; to: number },
): { from: number; to: number } {
  const width = blockMs[resolution];
  return {
    from: Math.max(span.from, block * width),
    to: Math.min(span.to, (block + 1) * width),
  };
}

/** How much of an export is behind a unit, 0..1. */
export function shareOf(
  { block, rank }: Unit,
  blocks: { first: number; end: number },
  seriesCount: number,
): number {
  const done = (block - blocks.first) * seriesCount + rank + 1;
  return Math.min(1, done / ((blocks.end - blocks.first) * seriesCount));
}
