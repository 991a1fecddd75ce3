import { expect, it } from 'vitest';
import { describeWithInflux } from '../support/influx-server.ts';
import { runOutage } from './run-outage.ts';

/** The short form of `npm run outage`. Figures that depend on the machine are judged generously here. */
describeWithInflux('a store that is away while the city goes on', () => {
  it('costs no reading, no memory and no live frame, and is caught up with quickly', async () => {
    const report = await runOutage({
      outageMs: 6_000,
      rate: 200,
      devices: 10,
      warmUpMs: 3_000,
      print: () => {},
    });
    expect(report.acked).toBeGreaterThan(1_000);
    expect({ missing: report.missing, surplus: report.surplus }).toEqual({
      missing: 0,
      surplus: 0,
    });
    expect(report.counters).toEqual({
      received: report.acked,
      stored: report.acked,
      rejected: 0,
      duplicate: 0,
    });
    expect(report.during.ackedPerS).toBeGreaterThan(150);
    expect(report.rssGrowthMb).toBeLessThan(100);
    expect(report.catchUpFactor).toBeGreaterThan(5);
    expect(Math.max(report.during.frameGapMsMax, report.catchUp.frameGapMsMax)).toBeLessThan(3_000);
  }, 120_000);
});
