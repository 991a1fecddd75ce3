import { benchDashboard } from './dashboard.ts';
import { benchExport } from './export.ts';
import { benchInfluxReads } from './influx-reads.ts';
import { benchLatency } from './latency.ts';
import { type MeasurementName, measurements, runLoad } from './load/load.ts';
import { settingsFrom } from './load/settings.ts';
import { benchOverload } from './overload.ts';
import { benchReads } from './reads.ts';
import { benchRecompute } from './recompute.ts';

/**
 * `npm run bench [name…]`: without a name, or with `load`, the whole table of what the platform carries; with names
 * of its measurements a table of those; with other names benchmarks of single parts.
 */
const others: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  dashboard: benchDashboard,
  'influx-reads': benchInfluxReads,
  export: benchExport,
  latency: benchLatency,
  overload: benchOverload,
  reads: benchReads,
  recompute: benchRecompute,
};

// What was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const print = (line: string): void => console.log(line);
const all = Object.keys(measurements) as MeasurementName[];
const wanted = process.argv.slice(2);
const unknown = wanted.filter(
  (name) => name !== 'load' && !(name in measurements || name in others),
);
if (unknown.length > 0) {
  const known = ['load', ...all, ...Object.keys(others)];
  console.error(`no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}

const isWhole = wanted.length === 0 || wanted.includes('load');
const rows = isWhole ? all : all.filter((name) => wanted.includes(name));
const isComplete = rows.length === 0 || (await runLoad(rows, settingsFrom(process.env, print)));
for (const [name, run] of Object.entries(others)) {
  if (!wanted.includes(name)) continue;
  print(`\n${name}`);
  await run(print);
}
if (!isComplete) print('FAILED: a measurement broke, or something acknowledged was not found');
process.exit(isComplete ? 0 : 1);
