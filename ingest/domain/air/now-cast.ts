import { plausible, type RecentHours } from './index-scheme.ts';

const hoursMax = 12;
const freshHours = 3;
const freshMin = 2;
const weightMin = 0.5;

/**
 * NowCast of the US EPA: twelve hours weighted towards the newest, the more so the faster the air changes.
 * A missing hour keeps its exponent; null unless two of the newest three hours exist.
 * Source: EPA-454/B-24-002; AirMonitor's monitor_nowcast.
 */
export function nowCast(hours: RecentHours): number | null {
  const recent = hours.slice(0, hoursMax).map(plausible);
  const fresh = recent.slice(0, freshHours).filter((value) => value !== null);
  if (fresh.length < freshMin) return null;
  const known = recent.filter((value) => value !== null);
  const max = Math.max(...known);
  if (max <= 0) return 0;
  const weight = Math.max(Math.min(...known) / max, weightMin);
  let sum = 0;
  let weights = 0;
  for (const [index, value] of recent.entries()) {
    if (value === null) continue;
    sum += weight ** index * value;
    weights += weight ** index;
  }
  return Math.max(0, sum / weights);
}
