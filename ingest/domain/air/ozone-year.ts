import type { PollutantYear, Rounding } from '../../../broker/contract/air.ts';
import { countOf, dailyMax8h } from './periods.ts';
import { roundedFor } from './rounding.ts';
import { dayHours, monthHour, type YearHours } from './year-hours.ts';

/** 40 ppb in µg/m³: what AOT40 adds up the excess over. */
const aot40Floor = 80;
/** Hours 08-20 CET; legal time is CET all year round. */
const lightHours = { first: 8, end: 20 };
const aot40Months = [5, 6, 7] as const;
const summerMonths = [4, 5, 6, 7, 8, 9] as const;
const captureMin = 0.9;
/** Annex VII names the number: 27 daily values of a month. */
const monthDaysMin = 27;
const validMonthsMin = 5;
const seasonCaptureMin = 0.75;

type OzoneYear = NonNullable<PollutantYear['ozone']>;

/** Daylight hours of the months `first` to `last`. */
function lightHoursOf(hours: YearHours, first: number, last: number): (number | null)[] {
  const [begin, end] = [monthHour(hours, first), monthHour(hours, last + 1)];
  return hours.values.slice(begin, end).filter((_, index) => {
    const hour = (begin + index) % dayHours;
    return hour >= lightHours.first && hour < lightHours.end;
  });
}

/**
 * AOT40 for vegetation, May to July (2008/50 Annex VII): the excess over 80 µg/m³ of daylight hours, summed, and
 * scaled from the measured to all possible hours. Valid with 90 % of them.
 */
export function aot40(hours: YearHours): OzoneYear['aot40'] {
  const light = lightHoursOf(hours, aot40Months[0], aot40Months[2]);
  const validHours = countOf(light);
  const measured = light.reduce<number>(
    (sum, value) => sum + Math.max(0, (value ?? 0) - aot40Floor),
    0,
  );
  return {
    measured,
    estimate: validHours === 0 ? null : (measured * light.length) / validHours,
    validHours,
    possibleHours: light.length,
    valid: validHours / light.length >= captureMin,
  };
}

/** Exceedances of the daily 8 h maximum by summer month, and which months count. */
export function ozoneMonths(
  hours: YearHours,
  { limit, digits, rounding }: { limit: number; digits: number; rounding: Rounding },
): OzoneYear['months'] {
  const maxima = dailyMax8h(hours);
  return summerMonths.map((month) => {
    const days = maxima.slice(
      monthHour(hours, month) / dayHours,
      monthHour(hours, month + 1) / dayHours,
    );
    const light = lightHoursOf(hours, month, month);
    const validDays = countOf(days);
    const validHours = countOf(light);
    return {
      month,
      exceedances: days.filter(
        (value) => value !== null && roundedFor(value, digits, rounding) > limit,
      ).length,
      validDays,
      validHours,
      possibleHours: light.length,
      valid: validDays >= monthDaysMin && validHours / light.length >= captureMin,
    };
  });
}

/** Exceedances of a year count when 5 of the 6 summer months do. */
export function isOzoneYearValid(months: OzoneYear['months']): boolean {
  return months.filter(({ valid }) => valid).length >= validMonthsMin;
}

/** Share of valid hours in April to September, and in the other months. */
export function seasonCaptures(hours: YearHours): { summer: number; winter: number } {
  const [begin, end] = [monthHour(hours, 4), monthHour(hours, 10)];
  const summer = hours.values.slice(begin, end);
  const valid = countOf(hours.values);
  const validInSummer = countOf(summer);
  return {
    summer: validInSummer / summer.length,
    winter: (valid - validInSummer) / (hours.count - summer.length),
  };
}

/** An annual mean of ozone needs 75 % of the hours of summer and of winter, each by itself. */
export function isOzoneMeanValid({ summer, winter }: { summer: number; winter: number }): boolean {
  return summer >= seasonCaptureMin && winter >= seasonCaptureMin;
}
