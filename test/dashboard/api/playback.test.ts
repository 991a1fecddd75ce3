import { describe, expect, test } from 'vitest';
import { Playback } from '../../../broker/contract/playback.ts';
import { emptyTierColumns, type TierColumns } from '../../../broker/contract/series.ts';
import { LiveTable } from '../../../dashboard/web/state/live-table.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const hour = 3_600_000;

type Flags = [number, number, number, number];

interface Window {
  at: number;
  mean: number | null;
  last?: number;
  flags?: Flags;
}

/** Hourly rows; what a playback does not look at is 0. */
function hours(windows: readonly Window[]): TierColumns {
  const columns = emptyTierColumns();
  for (const { at, mean, last = mean ?? 0, flags } of windows) {
    for (const column of Object.values(columns)) (column as unknown[]).push(0);
    const row = columns.at.length - 1;
    columns.at[row] = at;
    columns.mean[row] = mean;
    columns.last[row] = last;
    columns.lastAt[row] = at + hour - 60_000;
    columns.flags[row] = flags ?? [1, 0, 0, 0];
  }
  return columns;
}

async function start(rows: Readonly<Record<string, TierColumns>>) {
  return startTestApi({
    prepare({ store }) {
      store.rollups = async (_tier, { device, metric }) =>
        rows[`${device} ${metric}`] ?? emptyTierColumns();
    },
  });
}

describe('a playback', () => {
  test('is frames that a table of live values takes: means of hours, and the last of states', async () => {
    const { ask } = await start({
      'ulm/a1 pm10': hours([
        { at: testNow - 2 * hour, mean: 12 },
        { at: testNow - hour, mean: 80, flags: [1, 0, 5, 0] },
      ]),
    });
    const answer = await ask({ url: `/api/v1/playback?from=${testNow - 3 * hour}&to=${testNow}` });
    const { frames, ...span } = Playback.parse(answer.json());
    expect(span).toEqual({ from: testNow - 3 * hour, to: testNow, stepMs: hour });
    expect(frames.map(({ now }) => now)).toEqual([testNow - 2 * hour, testNow - hour, testNow]);
    const table = new LiveTable();
    const shown = frames.map((frame, index) => {
      if (index === 0) table.applySnapshot(frame);
      else table.applyDelta(frame, 'event');
      const slot = table.valueOf('ulm/a1', 'pm10');
      return slot && [slot.value, slot.flag, slot.at];
    });
    expect(shown).toEqual([
      // Nothing was measured yet, and nothing is shown.
      undefined,
      [12, 1, testNow - hour - 60_000],
      [80, 3, testNow - 60_000],
    ]);
  });

  test('leaves out an hour that has only bad samples', async () => {
    const { ask } = await start({
      'ulm/a1 pm10': hours([{ at: testNow - hour, mean: null, flags: [0, 0, 0, 3] }]),
    });
    const { frames } = Playback.parse((await ask({ url: '/api/v1/playback' })).json());
    expect(frames).toHaveLength(24);
    expect(frames.flatMap(({ values }) => values.value)).toEqual([]);
  });

  test('has only what the caller may see', async () => {
    const once = hours([{ at: testNow - hour, mean: 1 }]);
    const { ask } = await start({
      'ulm/a1 pm10': once,
      'ulm/secret noise': once,
      'koeln/l1 power': once,
      'koeln/l1 lamp_on': once,
    });
    const devices = async (as: 'public' | 'provider' | 'admin') => {
      const { frames } = Playback.parse((await ask({ url: '/api/v1/playback', as })).json());
      return [...new Set(frames.flatMap(({ added }) => added?.device ?? []))].sort();
    };
    expect(await devices('public')).not.toContain('ulm/secret');
    expect(await devices('provider')).toContain('ulm/secret');
    expect(await devices('admin')).toEqual(['koeln/l1', 'ulm/a1', 'ulm/secret']);
  });

  test.each([
    [`from=${testNow}&to=${testNow}`],
    [`from=${testNow - 49 * hour}&to=${testNow}`],
    ['from=gestern'],
    ['kind=gas'],
  ])('refuses %s', async (query) => {
    const { ask } = await start({});
    const answer = await ask({ url: `/api/v1/playback?${query}` });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid-request']);
  });
});
