import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceStatus } from '../../../broker/contract/device.ts';
import { tierWidthMs } from '../../../broker/contract/series.ts';
import { widthMs } from '../../../dashboard/web/chart/points.ts';
import { statusNow } from '../../../dashboard/web/state/standing.ts';

describe('rules that the page has of its own, to load no schemas', () => {
  it('judges every device as the contract does', () => {
    const instant = fc.integer({ min: 0, max: 200_000 });
    const seen = fc.record({
      lastSeenAt: fc.option(instant, { nil: undefined }),
      reported: fc.option(fc.record({ online: fc.boolean(), at: instant }), { nil: undefined }),
    });
    const property = fc.property(
      fc.integer({ min: 1_000, max: 30_000 }),
      seen,
      fc.integer({ min: 0, max: 400_000 }),
      (intervalMs, facts, now) => {
        expect(statusNow({ expectedIntervalMs: intervalMs }, facts, now)).toBe(
          deviceStatus({ kind: 'air', intervalMs }, facts, now),
        );
      },
    );
    fc.assert(property, { seed: 2, numRuns: 2_000 });
  });

  it('knows the contract\u2019s tier widths', () => {
    expect(widthMs).toEqual({ raw: 0, ...tierWidthMs });
  });
});
