import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureAcks } from './acks.ts';
import { measureGrowth } from './growth.ts';
import { measureInflux } from './influx.ts';
import { measureLive } from './live.ts';
import { headingOf } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measureRestart } from './restart.ts';
import { type AnyRow, isComplete } from './row.ts';
import type { Settings } from './settings.ts';
import { measureSustained } from './sustained.ts';
import { asJson, asMarkdown, asText } from './table.ts';

/** Measurements by name, in the order in which they are made; each gives one or several lines of the table. */
export const measurements = {
  acks: measureAcks,
  live: measureLive,
  restart: measureRestart,
  influx: measureInflux,
  growth: measureGrowth,
  memory: measureMemory,
  sustained: measureSustained,
} as const satisfies Readonly<Record<string, (settings: Settings) => Promise<AnyRow[]>>>;

export type MeasurementName = keyof typeof measurements;

const artifacts = join(import.meta.dirname, '..', '..', 'artifacts');

/**
 * Makes measurements one after the other, prints them as one table, and leaves it in `test/artifacts` as Markdown and
 * with each single value as JSON. Resolves with false when a measurement broke, or something acknowledged was lost.
 */
export async function runLoad(
  names: readonly MeasurementName[],
  settings: Settings,
): Promise<boolean> {
  const heading = headingOf(settings);
  const rows: AnyRow[] = [];
  for (const name of names) {
    const startedAt = performance.now();
    settings.print(`${name} …`);
    rows.push(...(await measured(name, settings)));
    settings.print(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  settings.print(`\n${asText(heading, rows)}`);
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(join(artifacts, 'load.json'), asJson(heading, rows));
  writeFileSync(join(artifacts, 'load.md'), asMarkdown(heading, rows));
  return isComplete(rows);
}

/** One that breaks does not take the others with it. */
async function measured(name: MeasurementName, settings: Settings): Promise<AnyRow[]> {
  try {
    return await measurements[name](settings);
  } catch (error) {
    return [{ what: name, failed: error instanceof Error ? error.message : String(error) }];
  }
}
