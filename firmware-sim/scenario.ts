import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { rejectReasons } from '../broker/contract/rejection.ts';
import { ScenarioEvent } from './scenarios/events.ts';
import { Faults } from './scenarios/faults.ts';
import { Offset, Share, Span } from './scenarios/span.ts';
import { civilTime, instantOf } from './sensors/calendar.ts';

/** Parts of a fleet by weight. */
const Mix = z
  .strictObject({
    lamp: z.int().min(0).max(1_000).default(0),
    air: z.int().min(0).max(1_000).default(0),
    bin: z.int().min(0).max(1_000).default(0),
    sound: z.int().min(0).max(1_000).default(0),
  })
  .refine((mix) => Object.values(mix).some((weight) => weight > 0), 'must have something in it');

const startFault = 'must be "now", an instant like 2026-12-31T18:00:00+01:00, or {daysAgo, hour}';

/**
 * When the simulated time begins: now; an instant; or an hour of civil time some days ago, which is within any
 * platform's retention. What goes faster than real time must begin in the past.
 */
const Start = z.union(
  [
    z.literal('now'),
    z.iso.datetime({ offset: true, error: startFault }),
    z.strictObject({ daysAgo: z.int().min(1).max(366), hour: z.number().min(0).max(24) }),
  ],
  { error: startFault },
);

/** A time at which connections break at once, and come back within a moment. */
const Storm = z
  .strictObject({ after: Offset, share: Share.default(1), backWithin: Span })
  .transform(({ after, share, backWithin }) => ({
    share,
    afterMs: after,
    backWithinMs: backWithin,
  }));

const none = z.int().min(0).default(0);

const ScenarioFile = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be lower case words with dashes'),
    description: z.string().min(1).max(1_000),
    fleet: z.strictObject({
      devices: z.int().min(1).max(100_000),
      /** Weights; left out: the demo's mix. */
      mix: Mix.optional(),
      /** 1 = as often as real devices send. */
      intervalScale: z.number().min(0.0001).max(100).default(1),
    }),
    start: Start.default('now'),
    duration: Span,
    /** Simulated seconds in a second; the clock on the wall decides when it cannot keep up. */
    speed: z.number().min(0.01).max(1_000_000).default(1),
    events: z.array(ScenarioEvent).max(200).default([]),
    faults: Faults.prefault({}),
    connection: z
      .strictObject({
        /** `offline` as the last will; only with a connection of its own for each device. */
        lastWill: z.boolean().default(true),
        storms: z.array(Storm).max(100).default([]),
      })
      .prefault({}),
    /** What must hold in the end, else the run has failed. */
    expect: z
      .strictObject({
        /** Readings that were acknowledged and are not stored, at the most. */
        lost: none,
        /** Stored with another value than was sent. */
        changed: none,
        /** Stored more than once. */
        duplicated: none,
        /** Reasons that may be given for rejected readings; any other one is a fault. */
        rejected: z.array(z.enum(rejectReasons)).default([]),
      })
      .prefault({}),
  })
  .superRefine((file, context) => {
    const fault = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (file.start === 'now' && file.speed > 1)
      fault(['start'], 'must lie in the past when speed is above 1: now plus more is the future');
    const inTime = (path: string[], things: readonly { afterMs: number }[]) => {
      for (const [index, { afterMs }] of things.entries())
        if (afterMs >= file.duration) fault([...path, index, 'after'], 'lies behind the end');
    };
    inTime(['events'], file.events);
    inTime(['faults', 'uplinkOutages'], file.faults.uplinkOutages);
    inTime(['faults', 'floods'], file.faults.floods);
    inTime(['connection', 'storms'], file.connection.storms);
  });

/** A scenario as its file has it, lengths of time as `…Ms`. */
export const Scenario = ScenarioFile.transform(({ duration, ...rest }) => ({
  ...rest,
  durationMs: duration,
}));
export type Scenario = z.infer<typeof Scenario>;

const folder = join(import.meta.dirname, 'scenarios');

/** The scenarios that come with the simulator. */
export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'))
    .sort();
}

/** Reads a scenario by its name, or a file by its path. All faults are told at once, one line each. */
export function loadScenario(nameOrPath: string): { scenario: Scenario } | { faults: string[] } {
  const isName = /^[a-z0-9-]+$/.test(nameOrPath);
  const path = isName ? join(folder, `${nameOrPath}.json`) : nameOrPath;
  if (!existsSync(path)) {
    const known = `there are ${scenarioNames().join(', ')}`;
    return { faults: [`scenario ${nameOrPath}: ${isName ? known : 'there is no such file'}`] };
  }
  try {
    return parseScenario(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    return { faults: [`scenario ${nameOrPath}: ${(error as Error).message}`] };
  }
}

/** Checks what a scenario's file says. */
export function parseScenario(json: unknown): { scenario: Scenario } | { faults: string[] } {
  const parsed = Scenario.safeParse(json);
  if (parsed.success) return { scenario: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { faults };
}

/** The instants between which a scenario's time runs; `now` comes from outside. */
export function scenarioSpan(
  { start, durationMs }: Pick<Scenario, 'start' | 'durationMs'>,
  now: number,
): { fromAt: number; toAt: number } {
  const fromAt = startOf(start, now);
  return { fromAt, toAt: fromAt + durationMs };
}

function startOf(start: Scenario['start'], now: number): number {
  if (start === 'now') return now;
  if (typeof start === 'string') return Date.parse(start);
  return instantOf(civilTime(now).day - start.daysAgo, start.hour);
}
