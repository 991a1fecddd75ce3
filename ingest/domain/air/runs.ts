import type { Values } from './periods.ts';

/** Periods in a row that exceed, as places in their list. */
export interface Run {
  start: number;
  length: number;
  max: number;
}

/** Rows of at least `min` periods, strictly consecutive: one that is not valid ends the row. */
export function runsOf(values: Values, exceeds: (value: number) => boolean, min: number): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  const end = (): void => {
    if (run && run.length >= min) runs.push(run);
    run = undefined;
  };
  for (const [index, value] of values.entries()) {
    if (value === null || !exceeds(value)) {
      end();
      continue;
    }
    run ??= { start: index, length: 0, max: value };
    run.length += 1;
    run.max = Math.max(run.max, value);
  }
  end();
  return runs;
}
