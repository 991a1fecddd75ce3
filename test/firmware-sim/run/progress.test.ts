import { describe, expect, it } from 'vitest';
import { Accounts } from '../../../firmware-sim/run/accounts.ts';
import type { Counted, Phase } from '../../../firmware-sim/run/progress.ts';
import { ProgressDisplay } from '../../../firmware-sim/run/progress.ts';

const span = { fromAt: 0, toAt: 100_000 };

function displayOn(isTty: boolean, columns?: number) {
  const written: string[] = [];
  const display = new ProgressDisplay({
    ...{ isTty, columns: () => columns },
    write: (text) => written.push(text),
  });
  const accounts = new Accounts();
  const show = (now: number, phase: Phase = 'running', counted?: Counted) => {
    accounts.tally.sent = accounts.tally.acknowledged = now / 10;
    const counts = { connections: 5, connected: 4, off: 1, inFlight: 0, busyShare: 0 };
    const state = { at: now * 10, ...counts, accounts };
    display.show({ phase, counted, now, startedAt: 0, span, state });
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
    const { written, show } = displayOn(true);
    for (let now = 0; now <= 5_000; now += 500) show(now);
    const text = written.at(-1)?.replace(/ +/g, ' ');
    expect(text).toContain('simulated time 1970-01-01T00:00:50Z, 50.0 % done, 5 s left');
    expect(text).toContain('sent 500 (100/s), acknowledged 500 (100/s)');
    expect(text).toContain('connected 4 of 5, 1 off');
  });

  it('says nothing of the time that is left when all has been sent', () => {
    const { written, show } = displayOn(false);
    show(5_000);
    show(6_000, 'settling');
    expect(written.at(-1)).toMatch(/^settling simulated time 1970-01-01T00:01:00Z \|/);
  });

  it('counts what a phase has done, and when it will be over, from its own beginning', () => {
    const { written, show } = displayOn(false);
    show(5_000);
    show(6_000, 'reading back', { what: 'readings', done: 0, of: 200 });
    expect(written.at(-1)).toMatch(/^reading back 0 of 200 readings \|/);
    show(16_000, 'reading back', { what: 'readings', done: 50, of: 200 });
    expect(written.at(-1)).toMatch(/^reading back 50 of 200 readings, 25.0 % done, 30 s left \|/);
    // Rows of other runs are read, too.
    show(26_000, 'reading back', { what: 'readings', done: 250, of: 200 });
    expect(written.at(-1)).toMatch(/^reading back 250 of 200 readings, 100.0 % done, 0 s left \|/);
  });

  it('draws no line wider than the terminal', () => {
    const { written, show } = displayOn(true, 40);
    show(500);
    const lines = (written[0] ?? '').split('\n').map((line) => line.replace('\x1b[2K', ''));
    expect(lines.map(({ length }) => length)).toEqual([40, 40, 40, 40, 0]);
  });
});
