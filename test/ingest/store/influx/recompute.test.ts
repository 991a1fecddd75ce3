import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import type { Resolution, Tier } from '../../../../broker/contract/windows.ts';
import type { AnswerSeries } from '../../../../ingest/store/influx/answer.ts';
import type { Point } from '../../../../ingest/store/influx/escape.ts';
import { tierFields } from '../../../../ingest/store/influx/fields.ts';
import { Recompute } from '../../../../ingest/store/influx/recompute.ts';
import { QueryTooLarge, StoreUnavailable } from '../../../../ingest/store/store.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A database per resolution in memory, which answers as many rows of a statement as `rowsMax` allows. */
const database = (rowsMax: number) => {
  const rows: Record<Resolution, { device: string; at: number; fields: Point['fields'] }[]> = {
    raw: [],
    '1m': [],
    '1h': [],
    '1d': [],
  };
  const statements: { resolution: Resolution; rows: number }[] = [];
  const written: Point[][] = [];
  const answer = (resolution: Resolution, statement: string): AnswerSeries[] => {
    const [, from, to] = /time >= (\d+)ms AND time < (\d+)ms/.exec(statement) ?? [];
    const devices = [...statement.matchAll(/"device" = '(\w+)'/g)].map(([, device]) => device);
    const columns = resolution === 'raw' ? ['value', 'flag'] : [...tierFields];
    const series = devices.map((device = '') => ({
      name: 'any',
      tags: { provider: 'city', device },
      columns: ['time', ...columns],
      values: rows[resolution]
        .filter((row) => row.device === device && row.at >= Number(from) && row.at < Number(to))
        .sort((a, b) => a.at - b.at)
        .map(({ at, fields }) => [at, ...columns.map((name) => fields[name] ?? null)]),
    }));
    const count = series.reduce((sum, { values }) => sum + values.length, 0);
    statements.push({ resolution, rows: count });
    if (count > rowsMax) throw new QueryTooLarge('too many bytes');
    return series;
  };
  const deps = {
    proceed: () => {},
    queryOf: (resolution: Resolution) =>
      async function* (statement: string) {
        yield* answer(resolution, statement);
      },
    write: async (tier: Tier, points: readonly Point[]) => {
      written.push([...points]);
      for (const { device, at, fields } of points) {
        const name = device.slice('city/'.length);
        rows[tier] = rows[tier].filter((row) => row.device !== name || row.at !== at);
        rows[tier].push({ device: name, at, fields });
      }
    },
  };
  return { rows, statements, written, deps };
};

const lamps = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    device: `city/lamp${n}` as DeviceKey,
    metric: 'lamp_on' as const,
    intervalMs: hourMs,
  }));

describe('recomputing', () => {
  test('makes slices smaller that have more rows than an answer may, down to parts of one window', async () => {
    const { rows, deps, statements } = database(100);
    const devices = ['lamp0', 'lamp1', 'lamp2'];
    for (const device of devices) {
      for (let at = 0; at < 3 * hourMs; at += 20_000) {
        rows.raw.push({ device, at, fields: { value: at % 3 === 0 ? 1 : 0, flag: 1 } });
      }
    }
    const recompute = new Recompute(deps);
    await recompute.rebuild('1h', { series: lamps(3), from: 0, to: 3 * hourMs }, 0);
    for (const device of devices) {
      const made = rows['1h'].filter((row) => row.device === device);
      expect(made.map(({ at }) => at)).toEqual([0, hourMs, 2 * hourMs]);
      for (const { fields } of made) expect(fields).toMatchObject({ count: 180, min: 0, max: 1 });
    }
    const answered = statements.filter((each) => each.resolution === 'raw' && each.rows <= 100);
    expect(answered.length).toBeGreaterThan(18);
  });

  test('fails when a database is away, and may be repeated', async () => {
    const { rows, deps } = database(100);
    rows.raw.push({ device: 'lamp0', at: 5, fields: { value: 1 } });
    let isAway = true;
    const recompute = new Recompute({
      ...deps,
      write: async (tier, points) => {
        if (isAway) throw new StoreUnavailable('gone');
        await deps.write(tier, points);
      },
    });
    const windows = lamps(1).map((series) => ({ ...series, start: 0 }));
    await expect(recompute.rollUp('1m', windows, 0)).rejects.toBeInstanceOf(StoreUnavailable);
    isAway = false;
    await recompute.rollUp('1m', windows, 0);
    expect(rows['1m']).toHaveLength(1);
  });

  test('gives others their turn in the midst of a rebuild, and never works on two calls at once', async () => {
    const { rows, deps } = database(1e9);
    const order: string[] = [];
    let busy = 0;
    const recompute = new Recompute({
      ...deps,
      write: async (tier, points) => {
        expect(++busy).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(tier);
        await deps.write(tier, points);
        busy--;
      },
    });
    rows.raw.push({ device: 'lamp0', at: 5, fields: { value: 1 } });
    // More slices than one turn has.
    const [lamp] = lamps(1);
    if (!lamp) throw new Error('no lamp');
    const span = { series: lamps(2_000), from: 0, to: hourMs };
    const rebuilding = recompute.rebuild('1h', span, 0);
    const rollingUp = recompute.rollUp('1m', [{ ...lamp, start: 0 }], 0);
    await Promise.all([rebuilding, rollingUp]);
    expect(order).toEqual(['1h', '1m', '1h']);
  });

  test('ends a rebuild between two turns when the store is about to stop', async () => {
    const { deps, written } = database(1e9);
    const recompute = new Recompute({
      ...deps,
      proceed: () => {
        if (written.length > 0) throw new StoreUnavailable('stopping');
      },
    });
    // More slices than one turn has.
    const rebuilding = recompute.rebuild('1h', { series: lamps(2_000), from: 0, to: hourMs }, 0);
    await expect(rebuilding).rejects.toThrow('stopping');
    expect(written).toHaveLength(1);
  });

  test('writes what has changed, and nothing else', async () => {
    const { rows, deps, written } = database(1e9);
    const recompute = new Recompute(deps);
    const span = { series: lamps(1), from: 0, to: hourMs };
    for (const at of [5, minuteMs, 7 * minuteMs]) {
      rows.raw.push({ device: 'lamp0', at, fields: { value: 1 } });
    }
    await recompute.rebuild('1m', span, 1);
    await recompute.rebuild('1m', span, 2);
    rows.raw.push({ device: 'lamp0', at: minuteMs + 1, fields: { value: 0 } });
    await recompute.rebuild('1m', span, 3);
    const starts = written.map((points) => points.map(({ at }) => at));
    expect(starts).toEqual([[0, minuteMs, 7 * minuteMs], [], [minuteMs]]);
  });

  test('writes a window that has lost its data as one without content, once', async () => {
    const { rows, deps, written } = database(1e9);
    const recompute = new Recompute(deps);
    const windows = lamps(1).map((series) => ({ ...series, start: 0 }));
    rows.raw.push({ device: 'lamp0', at: 5, fields: { value: 1 } });
    await recompute.rollUp('1m', windows, 0);
    rows.raw = [];
    await recompute.rollUp('1m', windows, 0);
    expect(rows['1m']).toMatchObject([{ at: 0, fields: { count: 0, bad: 0, covered_ms: 0 } }]);
    await recompute.rollUp('1m', windows, 0);
    expect(written.map((points) => points.length)).toEqual([1, 1, 0]);
  });
});
