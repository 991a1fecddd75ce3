import type { Scenario } from './scenario.ts';
import { scenarioSpan } from './scenario.ts';

const defaultRetentionMs = 90 * 86_400_000;

/** A platform refuses readings that are older than it keeps them: to be said before they are sent. */
export function retentionWarning(
  scenario: Pick<Scenario, 'start' | 'durationMs'>,
  now: number,
): string | undefined {
  const { fromAt } = scenarioSpan(scenario, now);
  if (now - fromAt <= defaultRetentionMs) return undefined;
  const days = Math.ceil((now - fromAt) / 86_400_000);
  return `the scenario begins ${days} days ago: unless the platform was started with RETAIN_RAW=${days + 1}d or more (its default is 90d), older readings are rejected as expired-timestamp`;
}
