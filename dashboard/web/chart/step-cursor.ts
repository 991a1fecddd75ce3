/** Where a key moves the chart's cursor: the next point that has a value; undefined for other keys. */
export function stepCursor(
  values: readonly (number | null)[],
  from: number | null,
  key: string,
): number | undefined {
  const last = values.length - 1;
  const moves: Readonly<Record<string, readonly [start: number, step: number]>> = {
    ArrowLeft: [(from ?? values.length) - 1, -1],
    ArrowRight: [(from ?? -1) + 1, 1],
    PageUp: [Math.max(0, (from ?? last) - pageSteps), 1],
    PageDown: [Math.min(last, (from ?? last) + pageSteps), -1],
    Home: [0, 1],
    End: [last, -1],
  };
  const move = Object.hasOwn(moves, key) ? moves[key] : undefined;
  if (!move) return undefined;
  const [start, step] = move;
  for (let index = start; index >= 0 && index <= last; index += step) {
    if (typeof values[index] === 'number') return index;
  }
  return undefined;
}

const pageSteps = 20;
