import { parseArgs } from 'node:util';
import { runOutage } from './run-outage.ts';

/** `npm run outage -- --minutes 60 --rate 1000`: an hour without InfluxDB. Ends with 1 when a promise is broken. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
    devices: { type: 'string', default: '50' },
    /** Seconds with the store before it goes away. */
    'warm-up': { type: 'string', default: '60' },
  },
});

const report = await runOutage({
  outageMs: Number(values.minutes) * 60_000,
  rate: Number(values.rate),
  devices: Number(values.devices),
  warmUpMs: Number(values['warm-up']) * 1000,
  print: (line) => console.log(line),
});

const { counters, noticedMs, storedPerS, catchUpFactor, rssGrowthMb } = report;
const fates = counters.stored + counters.rejected + counters.duplicate;
const promises: readonly (readonly [string, boolean])[] = [
  [`missing ${report.missing} of ${report.acked} acknowledged`, report.missing === 0],
  [`surplus ${report.surplus}`, report.surplus === 0],
  [
    `received ${counters.received} = stored ${counters.stored} + rejected ${counters.rejected} + duplicate ${counters.duplicate}`,
    counters.received === fates && counters.received === report.acked,
  ],
  [
    `catch-up ${storedPerS.toFixed(0)} readings/s, ${catchUpFactor.toFixed(1)} times the rate (at least 5)`,
    catchUpFactor >= 5,
  ],
  [`memory grew by ${rssGrowthMb.toFixed(0)} MB (less than 100)`, rssGrowthMb < 100],
  [
    `acknowledged ${report.during.ackedPerS.toFixed(0)}/s during the outage`,
    report.during.ackedPerS > Number(values.rate) * 0.95,
  ],
  [
    `longest time without a live frame: ${report.during.frameGapMsMax.toFixed(0)} ms away, ${report.catchUp.frameGapMsMax.toFixed(0)} ms catching up (2,000 at the most)`,
    Math.max(report.during.frameGapMsMax, report.catchUp.frameGapMsMax) <= 2_000,
  ],
];
console.log(
  `backlog ${report.backlogMb.toFixed(1)} MB; first write ${(noticedMs / 1000).toFixed(1)} s after the return`,
);
for (const [sentence, kept] of promises) console.log(`${kept ? '✓' : '✗'} ${sentence}`);
process.exit(promises.every(([, kept]) => kept) ? 0 : 1);
