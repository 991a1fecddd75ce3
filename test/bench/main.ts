import { cpus, totalmem } from 'node:os';
import { benchAcks } from './acks.ts';
import { benchDashboard } from './dashboard.ts';
import { benchExport } from './export.ts';
import { benchInfluxReads } from './influx-reads.ts';
import { benchLatency } from './latency.ts';
import { benchOverload } from './overload.ts';
import { benchReads } from './reads.ts';
import { benchRecompute } from './recompute.ts';

/** `npm run bench [name…]`: every benchmark against a named peer in the same run, as ratios. */
const benchmarks: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  acks: benchAcks,
  dashboard: benchDashboard,
  'influx-reads': benchInfluxReads,
  export: benchExport,
  latency: benchLatency,
  overload: benchOverload,
  reads: benchReads,
  recompute: benchRecompute,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(
    `no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`,
  );
  process.exit(2);
}
console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  await run((line) => console.log(line));
}
