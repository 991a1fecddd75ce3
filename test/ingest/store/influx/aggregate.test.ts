import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import { aggregate, stretchesOf } from '../../../../ingest/store/influx/aggregate.ts';
import type { AnswerSeries } from '../../../../ingest/store/influx/answer.ts';

const minuteMs = 60_000;
const windowOf = (device: DeviceKey, minute: number) => ({
  device,
  metric: 'pm10' as const,
  start: minute * minuteMs,
});

describe('stretches of windows', () => {
  test('take one minute of the whole city together, a bounded number of devices at a time', () => {
    const windows = Array.from({ length: 250 }, (_, n) => windowOf(`city/device-${n}`, 7));
    const stretches = stretchesOf('1m', windows);
    expect(stretches.map(({ devices }) => devices.length)).toEqual([100, 100, 50]);
    expect(stretches[0]).toMatchObject({ from: 7 * minuteMs, to: 8 * minuteMs });
  });

  test('take consecutive windows of one device together, however they were ordered', () => {
    const windows = [5, 3, 4, 9, 4].map((minute) => windowOf('a/b', minute));
    expect(stretchesOf('1m', windows)).toEqual([
      { metric: 'pm10', from: 3 * minuteMs, to: 6 * minuteMs, devices: ['a/b'] },
      { metric: 'pm10', from: 9 * minuteMs, to: 10 * minuteMs, devices: ['a/b'] },
    ]);
  });

  test('keep metrics apart', () => {
    const windows = [windowOf('a/b', 1), { ...windowOf('a/b', 1), metric: 'no2' as const }];
    expect(stretchesOf('1m', windows)).toHaveLength(2);
  });
});

describe('aggregating', () => {
  test('asks raw for values and finer tiers for what they aggregated, counts added up', async () => {
    const statements: string[] = [];
    const query = async function* (statement: string): AsyncGenerator<AnswerSeries> {
      statements.push(statement.replaceAll(/\s+/g, ' '));
      yield {
        name: 'pm10',
        tags: { provider: 'a', device: 'b' },
        columns: ['time', 'mean', 'min', 'max', 'count'],
        values: [
          [0, 2, 1, 3, 4],
          // Windows without data, as some servers answer them.
          [minuteMs, null, null, null, 0],
        ],
      };
    };
    const stretches = stretchesOf('1m', [windowOf('a/b', 0)]);
    const point = { device: 'a/b', metric: 'pm10', at: 0 };
    expect(await aggregate('1m', stretches, query)).toEqual([
      { ...point, fields: { mean: 2, min: 1, max: 3, count: 4 } },
    ]);
    await aggregate('1h', stretches, query);
    expect(statements[0]).toMatch('mean("value") AS "mean"');
    expect(statements[0]).toMatch('count("value") AS "count"');
    expect(statements[1]).toMatch('sum("count") AS "count"');
    expect(statements[1]).toMatch('GROUP BY time(3600000ms), "provider", "device" fill(none)');
  });
});
