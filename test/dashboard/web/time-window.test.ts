import { describe, expect, it } from 'vitest';
import { selected, stepped, windowOf, zoomed } from '../../../dashboard/web/chart/time-window.ts';
import { fromCivil, toCivil } from '../../../dashboard/web/state/civil-time.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 30, 12);

describe('the window of a chart', () => {
  it('ends now while it is live, and stands still when it was chosen', () => {
    expect(windowOf({ range: '6h', window: undefined }, now)).toEqual({
      from: now - 6 * hourMs,
      to: now,
      isLive: true,
    });
    const window = { from: now - 9 * hourMs, to: now - 8 * hourMs };
    expect(windowOf({ range: '6h', window }, now)).toEqual({ ...window, isLive: false });
  });

  it('steps back by its length, and forth into the future is live again', () => {
    const live = windowOf({ range: '6h', window: undefined }, now);
    const back = stepped(live, -1, now);
    expect(back.window).toEqual({ from: now - 12 * hourMs, to: now - 6 * hourMs });
    expect(stepped(back.window ?? live, 1, now)).toEqual({ window: undefined, range: '6h' });
    const older = { from: now - 30 * hourMs, to: now - 24 * hourMs };
    expect(stepped(older, 1, now).window).toEqual({
      from: now - 24 * hourMs,
      to: now - 18 * hourMs,
    });
  });

  it('zooms about its middle, never beyond now, never to less than a minute', () => {
    const span = { from: now - 10 * hourMs, to: now - 6 * hourMs };
    expect(zoomed(span, 0.5, now).window).toEqual({ from: now - 9 * hourMs, to: now - 7 * hourMs });
    expect(zoomed({ from: now - 4 * hourMs, to: now }, 2, now).window).toEqual({
      from: now - 8 * hourMs,
      to: now,
    });
    const tiny = zoomed({ from: now - 60_000, to: now }, 0.5, now).window;
    expect((tiny?.to ?? 0) - (tiny?.from ?? 0)).toBe(60_000);
  });

  it('takes a drawn span in whole seconds, and a click for nothing', () => {
    expect(selected({ from: 1_000_400, to: 1_100_600 })?.window).toEqual({
      from: 1_000_000,
      to: 1_101_000,
    });
    expect(selected({ from: 5, to: 6 })).toBeUndefined();
  });
});

describe('civil time', () => {
  it.each([
    ['2026-11-22T10:00', 'Europe/Berlin', '2026-11-22T09:00:00Z'],
    ['2026-07-01T00:30', 'Europe/Berlin', '2026-06-30T22:30:00Z'],
    ['2026-01-01T00:00', 'America/New_York', '2026-01-01T05:00:00Z'],
    ['2026-05-05T05:45', 'Asia/Kathmandu', '2026-05-05T00:00:00Z'],
  ])('%s in %s is %s, and back', (text, zone, instant) => {
    expect(fromCivil(text, zone)).toBe(Date.parse(instant));
    expect(toCivil(Date.parse(instant), zone)).toBe(text);
  });

  it('takes the first pass of an hour that comes twice, and the time after a hole', () => {
    expect(fromCivil('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T00:30:00Z'));
    expect(fromCivil('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30:00Z'));
  });

  it.each(['', 'gestern', '2026-13-01T00:00', '2026-11-22'])('takes %j for no time', (text) => {
    expect(fromCivil(text, 'Europe/Berlin')).toBeUndefined();
  });
});
