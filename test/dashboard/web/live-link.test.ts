import { describe, expect, it } from 'vitest';
import { backoffMs, linkState } from '../../../dashboard/web/state/live-link.ts';

const facts = { lastFrameAt: 10_000, startedAt: 0, heartbeatMs: 5_000, failed: false };

describe('linkState', () => {
  it('is not live before the first frame, whatever the socket says', () => {
    const before = { ...facts, lastFrameAt: undefined };
    expect(linkState(before, 4_000)).toEqual({ kind: 'connecting' });
    expect(linkState(before, 16_000)).toEqual({ kind: 'lost', since: 0 });
  });

  it('is live while frames or heartbeats come', () => {
    expect(linkState(facts, 17_500)).toEqual({ kind: 'live' });
  });

  it('is delayed after one and a half heartbeats of silence, lost after three', () => {
    expect(linkState(facts, 17_501)).toEqual({ kind: 'delayed' });
    expect(linkState(facts, 25_000)).toEqual({ kind: 'delayed' });
    expect(linkState(facts, 25_001)).toEqual({ kind: 'lost', since: 10_000 });
  });

  it('takes a fault at its word at once, and calls it an outage after one heartbeat', () => {
    const failed = { ...facts, failed: true };
    expect(linkState(failed, 10_001)).toEqual({ kind: 'delayed' });
    expect(linkState(failed, 15_001)).toEqual({ kind: 'lost', since: 10_000 });
  });
});

describe('backoffMs', () => {
  it('doubles from one second to thirty, spread over its upper half', () => {
    expect(backoffMs(0, () => 1)).toBe(1_000);
    expect(backoffMs(0, () => 0)).toBe(500);
    expect(backoffMs(3, () => 1)).toBe(8_000);
    expect(backoffMs(1_000, () => 1)).toBe(30_000);
  });
});
