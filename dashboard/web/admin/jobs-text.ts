import type { Formats } from '../state/format.ts';

/** What a run counted, in a line: `done 12 · total 40`. */
export function figuresText(
  figures: Readonly<Record<string, number>>,
  formats: Pick<Formats, 'number'>,
): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${formats.number(value, Number.isInteger(value) ? 0 : 2)}`)
    .join(' · ');
}
