import type { Wording } from '../state/describe.ts';
import { nbsp } from '../state/format.ts';

/** `41,5 W`, `1,24 kWh`; a dash where it is not known, which is not 0. */
export function amountText(
  { formats }: Wording,
  value: number | null | undefined,
  unit: string,
  decimals = 1,
): string {
  if (value === null || value === undefined) return '–';
  return `${formats.number(value, decimals)}${nbsp}${unit}`;
}

/** Power of many lamps: in kW where W would be long. */
export function powerText(wording: Wording, powerW: number | null): string {
  if (powerW !== null && Math.abs(powerW) >= 1_000) {
    return amountText(wording, powerW / 1_000, 'kW', 2);
  }
  return amountText(wording, powerW, 'W', 0);
}

/** Hours of burning, to a tenth: a night is told apart by minutes. */
export function hoursText(wording: Wording, ms: number | null): string {
  return amountText(wording, ms === null ? null : ms / 3_600_000, 'h');
}

/** Whole percent. */
export function shareText({ formats }: Wording, share: number | null): string {
  return share === null ? '–' : `${formats.number(share * 100, 0)}${nbsp}%`;
}
