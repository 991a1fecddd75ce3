import { describe, expect, it } from 'vitest';
import { median, quantile } from '../figures.ts';
import { type AnyRow, isComplete, isLoaderBound, type Row, ratioOf, verdictOf } from './row.ts';
import { settingsFrom } from './settings.ts';
import { asJson, asMarkdown, asText, figure, spreadText } from './table.ts';

const row: Row = {
  what: 'acks',
  unit: 'acks/s',
  ours: [120_000, 90_000, 110_000],
  peer: { name: 'Mosquitto', values: [100_000, 95_000, 130_000] },
  target: { atLeast: 1 },
  loader: { usPerMessage: [4, 5, 6], busyPercent: [50, 60, 70] },
  lost: 0,
  readBack: 600_000,
  notes: ['window 100'],
};
const busy = { usPerMessage: [4], busyPercent: [91] };
const missing: AnyRow = { what: 'far', target: { atMost: 2 }, notMeasured: 'no such server' };
const failed: AnyRow = { what: 'broken', failed: 'it ended with 1' };

describe('a row', () => {
  it('is not met by a ratio on the wrong side of its target', () => {
    expect(verdictOf({ ...row, ours: [90_000] })).toBe('missed');
    expect(verdictOf({ ...row, target: { atMost: 1 } })).toBe('missed');
  });

  it('is not met without a figure, nor with a peer without one', () => {
    expect(verdictOf({ ...row, ours: [] })).toBe('missed');
    expect(verdictOf({ ...row, peer: { name: 'nobody', values: [] } })).toBe('missed');
    expect(verdictOf({ ...row, ours: [], target: { atMost: 1 } })).toBe('missed');
  });

  it('is not met when something takes its figure the meaning', () => {
    expect(verdictOf({ ...row, fault: 'the backlog grew' })).toBe('missed');
  });

  it('is lost with a single reading that was not found, however fast it was', () => {
    expect(verdictOf({ ...row, lost: 1 })).toBe('lost readings');
    expect(isComplete([row, { ...row, lost: 1 }])).toBe(false);
  });

  it('is lost too when more is found than was acknowledged: then the count itself is wrong', () => {
    expect(verdictOf({ ...row, lost: -1 })).toBe('lost readings');
  });

  it('that broke fails the run, one that cannot be measured here does not', () => {
    expect([verdictOf(missing), verdictOf(failed)]).toEqual(['not measured', 'failed']);
    expect(isComplete([row, failed])).toBe(false);
    expect(isComplete([row, missing])).toBe(true);
  });

  it('compares medians, and is met at the target itself', () => {
    expect(ratioOf(row)).toBeCloseTo(1.1);
    expect(verdictOf(row)).toBe('met');
    expect(verdictOf({ ...row, ours: [100_000] })).toBe('met');
    expect(verdictOf({ ...row, ours: [100_000], target: { atMost: 1 } })).toBe('met');
  });

  it('says when the loader was the bottleneck', () => {
    expect(isLoaderBound(undefined)).toBe(false);
    expect(isLoaderBound(row.loader)).toBe(false);
    expect(isLoaderBound(busy)).toBe(true);
    expect(asText([], [{ ...row, loader: busy }])).toContain('BOTTLENECK');
  });
});

describe('the table', () => {
  const heading = [['machine', '2 × CPU']] as const;
  const rows = [row, missing, failed];

  it('has a line for each row, absolute figures beside the ratio, and says what is missing', () => {
    const text = asText(heading, rows);
    expect(text).toContain('machine  2 × CPU');
    expect(text).toMatch(
      /acks +110,000 acks\/s \(90,000\.\.120,000\) +Mosquitto 100,000 acks\/s \(95,000\.\.130,000\) +1\.10 +≥ 1\.00 +met +5\.00 µs, 60\.0 % +0 of 600,000/,
    );
    expect(text).toContain('not measured: no such server');
    expect(text).toContain('FAILED: it ended with 1');
  });

  it('is the same as Markdown, where a name cannot break a cell', () => {
    const lines = asMarkdown(heading, [{ ...row, what: 'a|b' }, missing]).split('\n');
    expect(lines).toContain('- machine: 2 × CPU');
    const table = lines.filter((line) => line.startsWith('|'));
    expect(table).toHaveLength(4);
    expect(new Set(table.map((line) => line.match(/(?<!\\)\|/g)?.length))).toEqual(new Set([9]));
  });

  it('keeps each value as JSON', () => {
    const { machine, rows: kept } = JSON.parse(asJson(heading, rows));
    expect(machine).toBe('2 × CPU');
    expect(kept[0]).toMatchObject({ ours: row.ours, verdict: 'met', isLoaderBound: false });
    expect(kept.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'met',
      'not measured',
      'failed',
    ]);
  });
});

describe('figures', () => {
  it('of nothing are none', () => {
    expect([median([]), quantile([], 0.5)]).toEqual([Number.NaN, Number.NaN]);
    expect(figure(Number.NaN)).toBe('?');
  });

  it('have the middle, and the share that is asked for, in any order', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 3, 7]);
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100]);
  });

  it('are read at a glance', () => {
    expect([0.123, 9.5, 12.34, 123.4, 1_234_567].map(figure)).toEqual([
      '0.12',
      '9.50',
      '12.3',
      '123',
      '1,234,567',
    ]);
    expect(spreadText([2], 'ms')).toBe('2.00 ms');
    expect(spreadText([3, 1, 2], 'ms')).toBe('2.00 ms (1.00..3.00)');
  });
});

describe('settings', () => {
  it.each(['0', '-1', 'five'])('refuse %s rounds by name', (rounds) => {
    expect(() => settingsFrom({ BENCH_ROUNDS: rounds }, () => {})).toThrow('BENCH_ROUNDS');
  });

  it('are those of the whole table until told otherwise', () => {
    const settings = settingsFrom({ BENCH_ROUNDS: '' }, () => {});
    expect(settings).toMatchObject({ rounds: 5, scale: 1, sustainMinutes: 10 });
  });
});
