import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  StandingCountsHistory,
  sampleEveryMs,
  samplesMax,
} from '../../../../dashboard/api/status/standing-history.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const counts = (ok: number) => ({ abnormal: 0, stale: 0, offline: 1, ok });
const sample = (at: number, ok: number) => ({ at, all: counts(ok), public: counts(ok - 1) });
const weekMs = 7 * 86_400_000;
const start = 1_000 * sampleEveryMs;

test('knows the counts of the same hour last week, by audience', async () => {
  const history = new StandingCountsHistory(undefined);
  for (let i = 0; i < 20; i += 1) await history.add(sample(start + i * sampleEveryMs, 10 + i));
  const now = start + 5 * sampleEveryMs + weekMs + 60_000;
  expect(history.weekAgo('all', now)).toEqual(counts(15));
  expect(history.weekAgo('public', now)).toEqual(counts(14));
});

test('does not take a sample of another hour for it', async () => {
  const history = new StandingCountsHistory(undefined);
  await history.add(sample(start, 10));
  expect(history.weekAgo('all', start + weekMs + 2 * sampleEveryMs)).toEqual(counts(10));
  expect(history.weekAgo('all', start + weekMs + 2 * sampleEveryMs + 1)).toBeNull();
  expect(new StandingCountsHistory(undefined).weekAgo('all', start)).toBeNull();
});

test('keeps eight days, and those over a restart', async () => {
  const path = `${tempFolder()}/standings.json`;
  const history = new StandingCountsHistory(path);
  for (let i = 0; i < samplesMax + 3; i += 1) {
    // Writing all of them each time would take long: only the last ones go to disk.
    const target = i < samplesMax ? new StandingCountsHistory(undefined) : history;
    await target.add(sample(start + i * sampleEveryMs, i));
  }
  const again = new StandingCountsHistory(path);
  await again.load();
  expect(again.since('all', 0)).toEqual(history.since('all', 0));
  expect(again.since('all', 0).ok).toEqual([samplesMax, samplesMax + 1, samplesMax + 2]);
});

test('is bounded', async () => {
  const history = new StandingCountsHistory(undefined);
  for (let i = 0; i < samplesMax + 5; i += 1)
    await history.add(sample(start + i * sampleEveryMs, i));
  const { at, ok } = history.since('all', 0);
  expect(at).toHaveLength(samplesMax);
  expect(ok[0]).toBe(5);
  expect(history.since('all', at[10] ?? 0).at).toHaveLength(samplesMax - 10);
});

test('a clock that was set back leaves no disorder', async () => {
  const history = new StandingCountsHistory(undefined);
  for (const step of [0, 1, 2, 3]) await history.add(sample(start + step * sampleEveryMs, step));
  await history.add(sample(start + sampleEveryMs + 7, 9));
  expect(history.since('all', 0).ok).toEqual([0, 1, 9]);
});

test.each([
  ['is not there', undefined, 0],
  ['is no JSON', '{{{', 0],
  ['is something else', '{"at":1}', 0],
  ['has rows that are none', JSON.stringify([1, null, { at: 1 }, sample(5, 3)]), 1],
])('a file that %s is as none: counting goes on', async (_what, text, expected) => {
  const path = `${tempFolder()}/standings.json`;
  if (text !== undefined) writeFileSync(path, text);
  const history = new StandingCountsHistory(path);
  await history.load();
  expect(history.since('all', 0).at).toHaveLength(expected);
  await history.add(sample(start, 4));
  expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveLength(expected + 1);
});
