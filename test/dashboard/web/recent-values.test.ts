import { describe, expect, it } from 'vitest';
import { RecentValues } from '../../../dashboard/web/chart/recent-values.ts';

const value = (at: number) => ({ at, value: at, flag: 1 });

describe('recent values', () => {
  it('are those that came after the question, or so shortly before that they may not be stored', () => {
    const recent = new RecentValues();
    for (const now of [1_000, 6_999, 7_001, 10_500]) recent.note(value(now), now);
    expect(recent.missingSince(10_000).map(({ at }) => at)).toEqual([7_001, 10_500]);
  });

  it('are copies, as the live table changes its slots', () => {
    const recent = new RecentValues();
    const slot = value(1);
    recent.note(slot, 1);
    slot.value = 2;
    expect(recent.missingSince(1)).toEqual([value(1)]);
  });

  it('are bounded, and forgotten with their series', () => {
    const recent = new RecentValues();
    for (let at = 0; at < 1_000; at++) recent.note(value(at), at);
    expect(recent.missingSince(1_000)[0]?.at).toBe(800);
    recent.clear();
    expect(recent.missingSince(0)).toEqual([]);
  });
});
