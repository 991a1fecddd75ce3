import { type Formats, nbsp } from '../state/format.ts';

/** `1.2 MB` in powers of ten, as disks and downloads are counted. */
export function formatBytes({ number }: Pick<Formats, 'number'>, bytes: number): string {
  if (bytes < 1_000) return `${number(bytes, 0)}${nbsp}B`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${number(bytes / 1_000 ** power, 1)}${nbsp}${units[power - 1]}`;
}

const units = ['kB', 'MB', 'GB', 'TB'] as const;
