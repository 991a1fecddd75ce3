import { describe, expect, it } from 'vitest';
import { expectedIntervalMs } from '../../../broker/contract/device.ts';
import { deviceStatus } from '../../../broker/contract/standing.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const minute = 60_000;

describe('the status of a device', () => {
  it.each([
    ['never', undefined, undefined],
    ['ok', now, undefined],
    ['ok', now - 2.5 * minute, undefined],
    ['stale', now - 2.5 * minute - 1, undefined],
    ['stale', now - 10 * minute, undefined],
    ['offline', now - 10 * minute - 1, undefined],
    ['offline', now - minute, { online: false, at: now }],
    ['offline', undefined, { online: false, at: now }],
    ['ok', now, { online: false, at: now - minute }],
    ['stale', now - 5 * minute, { online: true, at: now }],
    ['never', undefined, { online: true, at: now }],
  ] as const)('is %s when seen at %s and reported %j', (status, lastSeenAt, reported) => {
    expect(deviceStatus(minute, { lastSeenAt, reported }, now)).toBe(status);
  });

  it('goes by the usual interval of its kind where none is registered', () => {
    expect(expectedIntervalMs({ kind: 'air', intervalMs: minute })).toBe(minute);
    expect(expectedIntervalMs({ kind: 'waste' })).toBeGreaterThan(
      expectedIntervalMs({ kind: 'air' }),
    );
  });
});
