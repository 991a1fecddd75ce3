import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metricNames, metricOf, metrics } from '../../../broker/contract/metrics.ts';
import { NativePayload, Reading } from '../../../broker/contract/reading.ts';

describe('the reading schema', () => {
  it.each([
    { at: '2026-11-22T10:00:00Z', pm10: 12.3, pm2_5: 8.1 },
    { pm10: '12.3' },
    {
      readings: [
        { at: 1795341600000, pm10: 12.3 },
        { at: 1795341660000, pm10: 12.9 },
      ],
    },
  ])('takes %j', (payload) => {
    expect(NativePayload.safeParse(payload).success).toBe(true);
  });

  it.each([[{ pm10: { value: 1 } }], [{ pm10: true }], [[1]], ['text'], [null]])(
    'refuses %j',
    (payload) => {
      expect(NativePayload.safeParse(payload).success).toBe(false);
    },
  );

  it('is the source of a JSON Schema with every metric', () => {
    const schema = z.toJSONSchema(Reading);
    expect(schema.properties?.metric).toMatchObject({ enum: metricNames });
  });
});

describe('the metric catalogue', () => {
  it.each(metricNames)('%s has a label in four languages, a range and whole decimals', (name) => {
    const metric = metricOf(name);
    expect(Object.values(metric.label).filter((label) => label.trim() !== '')).toHaveLength(4);
    expect(metric.min).toBeLessThan(metric.max);
    expect(Number.isInteger(metric.decimals) && metric.decimals >= 0).toBe(true);
  });

  it.each(['constructor', '__proto__', 'toString', 'PM10', ''])('has no metric %s', (name) => {
    expect(metrics.get(name)).toBeUndefined();
  });
});
