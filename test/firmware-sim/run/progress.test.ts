import { describe, expect, it } from 'vitest';
import { Accounts } from '../../../firmware-sim/run/accounts.ts';
import type { Phase } from '../../../firmware-sim/run/progress.ts';
import { ProgressDisplay } from '../../../firmware-sim/run/progress.ts';

const span = { fromAt: 0, toAt: 100_000 };

function displayOn(isTty: boolean) {
  const written: string[] = [];
  const display = new ProgressDisplay({ isTty, write: (text) => written.push(text) });
  const accounts = new Accounts();
  const show = (now: number, phase: Phase = 'running') => {
    accounts.tally.sent = accounts.tally.acknowledged = now / 10;
    const counts = { connections: 5, connected: 4, inFlight: 0, busyShare: 0 };
    const state = { at: now * 10, ...counts, accounts };
    display.show({ phase, now, startedAt: 0, span, state });
  };
  return { written, show };
}

describe('ProgressDisplay', () => {
  it('says a line every ten seconds, and at once that something new has begun', () => {
    const { written, show } = displayOn(false);
    for (let now = 0; now <= 21_000; now += 500) show(now);
    expect(written).toHaveLength(3);
    show(21_500, 'settling');
    expect(written).toHaveLength(4);
    expect(written.join('')).not.toContain('\x1b');
    expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  it('draws one block anew on a terminal', () => {
    const { written, show } = displayOn(true);
    show(500);
    show(1_000);
    expect(written).toHaveLength(2);
    expect(written[0]).not.toContain('\x1b[4A');
    expect(written[1]?.startsWith('\x1b[4A')).toBe(true);
  });

  it('tells rates of the last seconds, simulated time, and when it will be over', () => {
    const { written, show } = displayOn(false);
    show(0);
    for (let now = 500; now <= 4_000; now += 500) show(now);
    show(5_000, 'settling');
    expect(written.at(-1)).toContain('simulated time 1970-01-01T00:00:50Z, 50.0 % done, 5 s left');
    expect(written.at(-1)).toContain('sent 500 (100/s), acknowledged 500 (100/s)');
    expect(written.at(-1)).toContain('connected 4 of 5');
  });
});
