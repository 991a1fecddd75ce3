import { describe, expect, it } from 'vitest';
import {
  hasWholeSource,
  keptForEver,
  keptFrom,
  type Retention,
} from '../../../ingest/domain/retention.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-22T10:30:00Z');
const today = Date.parse('2026-11-22T00:00:00Z');
const retention: Retention = { ...keptForEver, raw: 2 * day, '1m': 10 * day };

describe('retention', () => {
  it('leaves whole UTC days, and never less than was asked for', () => {
    const kept = keptFrom(retention, now);
    expect(kept('raw')).toBe(today - 2 * day);
    expect(kept('1m')).toBe(today - 10 * day);
    expect(kept('1d')).toBe(Number.NEGATIVE_INFINITY);
    for (let minute = 0; minute < 2 * 1440; minute += 7) {
      const at = today + minute * 60_000;
      // What is accepted is at most as old as the retention: always within what is kept.
      expect(keptFrom(retention, at)('raw')).toBeLessThanOrEqual(at - retention.raw);
    }
  });

  it('leaves windows alone whose source is not there as a whole', () => {
    const kept = keptFrom(retention, now);
    const gauge = { kind: 'gauge', intervalMs: hour / 4 } as const;
    const state = { ...gauge, kind: 'state' } as const;
    const first = today - 2 * day;
    expect(hasWholeSource('1m', gauge, first, kept)).toBe(true);
    expect(hasWholeSource('1m', gauge, first - 60_000, kept)).toBe(false);
    // Hours of gauges are made of minutes, which are kept longer.
    expect(hasWholeSource('1h', gauge, first - hour, kept)).toBe(true);
    expect(hasWholeSource('1h', gauge, first - 9 * day, kept)).toBe(false);
    // Hours of states need what was held into them: up to 45 minutes here.
    expect(hasWholeSource('1h', state, first, kept)).toBe(false);
    expect(hasWholeSource('1h', state, first + hour, kept)).toBe(true);
    expect(hasWholeSource('1d', state, first - 300 * day, kept)).toBe(true);
  });
});
