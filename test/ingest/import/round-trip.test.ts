import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { exportsOf, minuteMs, reading, seriesOf, start, textOf } from '../export/support.ts';
import { importFile } from './bench.ts';

const rows = [
  reading(start, 12.5, { flag: 1 }),
  reading(start + 7, 0.1, { flag: 4, reasons: 1 | 4 }),
  reading(start + minuteMs, 1e-7),
  reading(start + 2 * minuteMs, 1999.9999999999998),
  reading(start, -12.25, { metric: 'temperature' }),
  reading(start + 1, 0, { metric: 'power', device: 'koeln/l-1_x' }),
];
const series = [
  seriesOf('power', 'koeln/l-1_x'),
  ...(['pm10', 'temperature'] satisfies MetricName[]).map((metric) => seriesOf(metric)),
];

const keyed = (
  list: readonly { device?: string | undefined; metric: string; at: number; value: number }[],
) => list.map(({ device, metric, at, value }) => `${device} ${metric} ${at} ${value}`).sort();

describe('an export of raw values', () => {
  it.each([
    ['csv', 'csv', 'plain'],
    ['csv', 'csv', 'de'],
    ['ndjson', 'ndjson', 'plain'],
    ['line', 'line', 'plain'],
  ] as const)(
    'as %s (imported as %s, variant %s) comes back to the last bit',
    async (format, as, variant) => {
      const { exports } = await exportsOf(rows);
      const text = await textOf(exports, { series, format, variant });
      const { readings, report } = await importFile(as, text, { deps: { oldestAt: () => 0 } });
      expect(keyed(readings)).toEqual(keyed(rows));
      expect(report).toMatchObject({ rows: rows.length, accepted: rows.length, rejected: [] });
    },
  );

  it('has other columns than one of roll-ups, which is refused: means are no readings', async () => {
    const { exports } = await exportsOf(rows);
    const text = await textOf(exports, { resolution: '1h', series });
    await expect(importFile('csv', text)).rejects.toMatchObject({ code: 'unreadable-file' });
  });
});
