import type { ContainerRow, FillForecast } from '../../../broker/contract/waste.ts';
import { wasteRuleSet } from '../../../ingest/domain/waste/rule-set.ts';
import type { Wording } from '../state/describe.ts';

const hourMs = 3_600_000;
/** From here on days say enough. */
const daysFromHours = 48;
/** What a forecast does not go beyond: 30 days. */
const forecastHoursMax = 720;

/**
 * When a level is reached, with its interval: `in 14–22 h`. The interval is what half of the slopes say; one number
 * would look surer than it is. Why there is none is said too, never left out.
 */
export function forecastText(
  wording: Wording,
  row: ContainerRow,
  of: 'toCollect' | 'toFull',
): string {
  const t = wording.messages.waste;
  const forecast = row[of];
  if (of === 'toFull' && isFull(row)) return t.isFull;
  if (!forecast) return whyNone(wording, row);
  const { hours, earliestHours, latestHours } = forecast;
  if (hours === 0) return of === 'toFull' ? t.isFull : t.isDue;
  if (earliestHours >= forecastHoursMax) return t.inDaysOrMore(wording.formats.count(30));
  const inDays = (latestHours ?? earliestHours) >= daysFromHours;
  const unit = inDays ? 24 : 1;
  const say = inDays ? t.inDays : t.inHours;
  const from = wording.formats.count(Math.floor(earliestHours / unit));
  if (latestHours === null) return (inDays ? t.inDaysOrMore : t.inHoursOrMore)(from);
  const to = wording.formats.count(Math.max(1, Math.ceil(latestHours / unit)));
  return say(from === to ? to : `${from}–${to}`);
}

/** As its state says it: in whole percent. */
function isFull({ fillPercent }: ContainerRow): boolean {
  return fillPercent !== null && fillPercent >= wasteRuleSet.overflowAtPercent;
}

function whyNone(
  { messages }: Wording,
  { fillPercent, ratePercentPerDay, isPending }: ContainerRow,
): string {
  const t = messages.waste;
  if (fillPercent === null) return t.noFill;
  if (isPending) return t.beingRead;
  return ratePercentPerDay === null ? t.tooFewValues : t.notFilling;
}

/**
 * The middle estimate as a weekday with its hour, in the city's zone; undefined where that would say nothing: when it
 * is there already, or further off than a week.
 */
export function forecastWhen(
  { formats }: Wording,
  forecast: FillForecast | null,
  now: number,
): string | undefined {
  if (!forecast || forecast.hours <= 0 || forecast.hours > 7 * 24) return undefined;
  // To the hour: more would be made up.
  return formats.weekdayTime(Math.round((now + forecast.hours * hourMs) / hourMs) * hourMs);
}
