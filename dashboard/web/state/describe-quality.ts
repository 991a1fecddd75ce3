import { qualityFlags, reasonNames } from '../../../broker/contract/quality.ts';
import type { Wording } from './describe.ts';
import { nbsp } from './format.ts';

/** True for what something speaks against: suspect or bad. */
export function isDoubted(flag: number): boolean {
  return flag === qualityFlags.suspect || flag === qualityFlags.bad;
}

/** A flag in words, with the tests that the value did not pass: `suspect: jump, humid`. */
export function flagText({ messages }: Wording, flag: number, reasons: number): string {
  const word = flagWord(messages.series.flag, flag);
  const names = reasonNames(reasons).map((name) => messages.series.test[name]);
  return names.length === 0 ? word : `${word}: ${names.join(', ')}`;
}

function flagWord(words: Readonly<Record<1 | 2 | 3 | 4 | 9, string>>, flag: number): string {
  return flag === 1 || flag === 3 || flag === 4 || flag === 9 ? words[flag] : words[2];
}

/** A share in whole percent, rounded down: 74.9 % is not 75 %. */
export function coverageText({ formats }: Wording, share: number | null): string {
  return share === null ? '–' : `${formats.count(Math.floor(share * 100 + 1e-9))}${nbsp}%`;
}
