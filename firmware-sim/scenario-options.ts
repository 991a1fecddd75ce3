import type { Given, Target } from './options.ts';
import type { Speed } from './run/pace.ts';
import type { ScenarioRunConfig } from './run/scenario-run.ts';
import type { Scenario } from './scenario.ts';
import { loadScenario, scenarioSpan } from './scenario.ts';

const dayMs = 86_400_000;

/** With `--speed max`: what fills history fastest. */
const fill = { samplesPerMessage: 100, devicesPerConnection: 50, inFlightMax: 32 } as const;

/** A scenario as the command line changes it. */
export function scenarioConfig(
  given: Given & { scenario: string },
  target: Target,
  now: number,
): { config: ScenarioRunConfig } | { faults: string[] } {
  const loaded = loadScenario(given.scenario);
  if ('faults' in loaded) return loaded;
  const speed = given.speed ?? loaded.scenario.speed;
  const scenario = changed(loaded.scenario, given, now);
  const faults = timeFaults(scenario, speed, now);
  if (faults.length > 0) return { faults };
  const isFill = speed === 'max';
  const isWeb = /^wss?:/.test(target.mqttUrl);
  return {
    config: {
      ...target,
      scenario,
      speed,
      seed: given.seed,
      workers: given.workers ?? 1,
      client: given.client ?? (isWeb ? 'library' : 'lean'),
      devicesPerConnection:
        given['devices-per-connection'] ?? (isFill ? fill.devicesPerConnection : 1),
      samplesPerMessage: given.batch ?? (isFill ? fill.samplesPerMessage : 1),
      inFlightMax: given.window ?? (isFill ? fill.inFlightMax : undefined),
      isWitnessed: given.verify === 'subscribe',
    },
  };
}

function changed(scenario: Scenario, given: Given, now: number): Scenario {
  const { devices = scenario.fleet.devices, duration = scenario.durationMs } = given;
  const longer = { ...scenario, durationMs: duration, fleet: { ...scenario.fleet, devices } };
  return { ...longer, start: startOf(longer, now) };
}

/** A start some days ago moves back so far that a longer run still ends in the past. */
function startOf({ start, durationMs }: Scenario, now: number): Scenario['start'] {
  if (typeof start === 'string') return start;
  const daysAgo = Math.max(start.daysAgo, Math.ceil(durationMs / dayMs) + 1);
  return scenarioSpan({ start, durationMs }, now).toAt <= now ? start : { ...start, daysAgo };
}

/** Simulated time must never pass the clock on the wall: readings of the future are rejected. */
function timeFaults(scenario: Scenario, speed: Speed, now: number): string[] {
  const { fromAt, toAt } = scenarioSpan(scenario, now);
  const takesMs = speed === 'max' ? 0 : (toAt - fromAt) / speed;
  if (toAt <= now + takesMs) return [];
  return [
    `--speed: ${speed} would run ahead of the clock: the scenario ends ${new Date(toAt).toISOString()}, which is in the future by then`,
  ];
}
