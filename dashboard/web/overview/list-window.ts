import type { DeviceKey } from '../../../broker/contract/ids.ts';

/** The rows of a long list that are in sight, and a few around: only these are in the document. */
export function visibleRange(list: {
  scrollTop: number;
  height: number;
  rowPx: number;
  count: number;
}): { from: number; to: number } {
  const { scrollTop, height, rowPx, count } = list;
  const from = Math.max(0, Math.floor(scrollTop / rowPx) - overscan);
  const to = Math.min(count, Math.ceil((scrollTop + height) / rowPx) + overscan);
  // A list that got shorter than it is scrolled: the browser corrects that only after the next layout.
  return from < to ? { from, to } : { from: Math.max(0, count - overscan), to: count };
}

const overscan = 4;

/** How far a key moves in a list with so many rows to a page; undefined for other keys. */
export function stepOf(key: string, pageRows: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: Math.max(1, pageRows - 1),
    PageUp: -Math.max(1, pageRows - 1),
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  };
  return Object.hasOwn(steps, key) ? steps[key] : undefined;
}

/** The row that a step away from `active` leads to, clamped to the list; the first when none is active. */
export function keyAt(
  rows: readonly { key: DeviceKey }[],
  active: DeviceKey | undefined,
  step: number,
): DeviceKey | undefined {
  const at = rows.findIndex((row) => row.key === active);
  if (at < 0) return rows[step === Number.POSITIVE_INFINITY ? rows.length - 1 : 0]?.key;
  return rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.key;
}
