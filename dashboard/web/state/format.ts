import type { Language } from '../../../broker/contract/metrics.ts';

/** Numbers and times of one language and one civil time zone; made once, used for every cell. */
export interface Formats {
  number(value: number, decimals: number): string;
  count(value: number): string;
  /** `12:03:04` in 24 hours. */
  time(at: number): string;
  timeOfDay(at: number): string;
  date(at: number): string;
  dateTime(at: number): string;
  /** Axis label of a day: `22.11.` */
  day(at: number): string;
  /** `Di., 14:00`: within a week that says more than a date. */
  weekdayTime(at: number): string;
  /** `Nov. 2026` */
  month(at: number): string;
}

export function createFormats(language: Language, timeZone: string): Formats {
  // Days before months, as everywhere in Europe.
  const locale = language === 'en' ? 'en-GB' : language;
  const numbers = Array.from(
    { length: decimalsMax + 1 },
    (_, digits) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  );
  const clock = { timeZone, hourCycle: 'h23' } as const;
  const dateTimeFormat = (options: Intl.DateTimeFormatOptions): ((at: number) => string) => {
    const format = new Intl.DateTimeFormat(locale, { ...clock, ...options });
    return (at) => format.format(at);
  };
  const hm = { hour: '2-digit', minute: '2-digit' } as const;
  const ymd = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return {
    number: (value, decimals) =>
      (numbers[Math.min(decimals, decimalsMax)] ?? numbers[0])?.format(value) ?? String(value),
    count: (value) => numbers[0]?.format(value) ?? String(value),
    time: dateTimeFormat({ ...hm, second: '2-digit' }),
    timeOfDay: dateTimeFormat(hm),
    date: dateTimeFormat(ymd),
    dateTime: dateTimeFormat({ ...ymd, ...hm, second: '2-digit' }),
    day: dateTimeFormat({ day: '2-digit', month: '2-digit' }),
    weekdayTime: dateTimeFormat({ weekday: 'short', ...hm }),
    month: dateTimeFormat({ month: 'short', year: 'numeric' }),
  };
}

/**
 * A length of time in the largest unit of which there is at least one: `12 s`, `14 min`, `3 h`, `2 d`.
 * The symbols are the SI's, the same in every language. A clock that runs ahead counts as now.
 */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}${nbsp}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${nbsp}min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)}${nbsp}h`;
  return `${Math.floor(seconds / 86_400)}${nbsp}d`;
}

/** Between a number and its unit there is no line break. */
export const nbsp = '\u00a0';

/** More digits than any metric of the catalogue has. */
const decimalsMax = 4;

/** With its sign, also that of no difference. */
export function differenceText({ count }: Pick<Formats, 'count'>, difference: number): string {
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  return sign + count(Math.abs(difference));
}
