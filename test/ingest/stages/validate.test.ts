import { describe, expect, it } from 'vitest';
import { metrics } from '../../../broker/contract/metrics.ts';
import type { RejectReason } from '../../../broker/contract/rejection.ts';
import { validate } from '../../../ingest/stages/validate.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const oldestAt = receivedAt - 90 * 86_400_000;
const judge = (metric: string, value: unknown, at?: unknown) =>
  validate({ metric, value, at }, { receivedAt, oldestAt });

const refused: [what: string, metric: string, value: unknown, at: unknown, reason: RejectReason][] =
  [
    ['a metric outside the catalogue', 'pm99', 1, undefined, 'unknown-metric'],
    ['a metric named like an object member', 'constructor', 1, undefined, 'unknown-metric'],
    ['a metric named __proto__', '__proto__', 1, undefined, 'unknown-metric'],
    ['a word', 'pm10', 'high', undefined, 'not-a-number'],
    ['an empty string', 'pm10', '', undefined, 'not-a-number'],
    ['NaN as text', 'pm10', 'NaN', undefined, 'not-a-number'],
    ['NaN', 'pm10', Number.NaN, undefined, 'not-a-number'],
    ['Infinity', 'pm10', Number.POSITIVE_INFINITY, undefined, 'not-a-number'],
    ['a hexadecimal string', 'pm10', '0x10', undefined, 'not-a-number'],
    ['a number with a decimal comma', 'pm10', '12,5', undefined, 'not-a-number'],
    ['an array', 'pm10', [12], undefined, 'not-a-number'],
    ['an object', 'pm10', { value: 12 }, undefined, 'not-a-number'],
    ['a boolean where a quantity is meant', 'pm10', true, undefined, 'not-a-number'],
    ['a value just below the range', 'pm10', -0.1, undefined, 'out-of-range'],
    ['a value just above the range', 'pm10', 2000.1, undefined, 'out-of-range'],
    ['the roll-over of a 16-bit sensor', 'pm2_5', 43_521, undefined, 'out-of-range'],
    ['the temperature of a broken BME280', 'temperature', -143.2, undefined, 'out-of-range'],
    ['a number that overflows', 'energy', '1e999', undefined, 'out-of-range'],
    ['half a lamp', 'lamp_on', 0.5, undefined, 'out-of-range'],
    ['a local time without offset', 'pm10', 1, '2026-11-22T10:00:00', 'invalid-timestamp'],
    ['a day that does not exist', 'pm10', 1, '2026-13-45T10:00:00Z', 'invalid-timestamp'],
    ['null as time', 'pm10', 1, null, 'invalid-timestamp'],
    ['a negative epoch', 'pm10', 1, -5, 'invalid-timestamp'],
    ['more than five minutes ahead', 'pm10', 1, receivedAt + 300_001, 'future-timestamp'],
    ['seconds since boot', 'pm10', 1, 4711, 'expired-timestamp'],
    ['older than the raw retention', 'pm10', 1, oldestAt - 1, 'expired-timestamp'],
  ];

describe('validate', () => {
  it.each(refused)('refuses %s', (_what, metric, value, at, reason) => {
    const result = judge(metric, value, at);
    expect(result).toMatchObject({ rejection: { reason } });
    if (!('rejection' in result)) throw new Error('accepted');
    expect(result.rejection.detail.length).toBeGreaterThan(10);
    expect(result.rejection.detail.length).toBeLessThanOrEqual(512);
  });

  const taken: [what: string, metric: string, value: unknown, expected: number][] = [
    ['a number', 'pm10', 12.3, 12.3],
    ['a numeric string', 'pm10', '12.30', 12.3],
    ['a numeric string with blanks', 'pm10', ' 12 ', 12],
    ['an exponent', 'pressure', '9.65e2', 965],
    ['zero', 'pm10', 0, 0],
    ['the upper bound itself', 'pm10', 2000, 2000],
    ['true for a state', 'lamp_on', true, 1],
    ['negative power (feed-in)', 'power', -40, -40],
  ];
  it.each(taken)('takes %s', (_what, metric, value, expected) => {
    expect(judge(metric, value)).toEqual({ reading: { metric, at: receivedAt, value: expected } });
  });

  const times: [what: string, at: unknown, expected: number][] = [
    ['ISO with Z', '2026-11-22T09:59:00Z', receivedAt - 60_000],
    ['ISO with an offset', '2026-11-22T10:59:00+01:00', receivedAt - 60_000],
    ['ISO with a blank and nanoseconds', '2026-11-22 09:59:00.123456789Z', receivedAt - 59_877],
    ['epoch seconds', receivedAt / 1000 - 60, receivedAt - 60_000],
    ['fractional epoch seconds', receivedAt / 1000 + 0.5, receivedAt + 500],
    ['epoch milliseconds', receivedAt - 60_000, receivedAt - 60_000],
    ['epoch microseconds', (receivedAt - 60_000) * 1000, receivedAt - 60_000],
    ['epoch nanoseconds as text', `${receivedAt - 60_000}000000`, receivedAt - 60_000],
    ['a clock that runs five minutes ahead', receivedAt + 300_000, receivedAt + 300_000],
  ];
  it.each(times)('reads %s', (_what, at, expected) => {
    expect(judge('pm10', 1, at)).toEqual({ reading: { metric: 'pm10', at: expected, value: 1 } });
  });

  it.each([...metrics.values()].filter(({ derivedFrom }) => derivedFrom !== undefined))(
    'refuses $name, which is made here',
    (metric) => {
      expect(judge(metric.name, 10)).toMatchObject({ rejection: { reason: 'unknown-metric' } });
    },
  );

  it.each([...metrics.values()].filter(({ derivedFrom }) => derivedFrom === undefined))(
    'takes both ends of the range of $name and nothing beyond',
    (metric) => {
      expect(judge(metric.name, metric.min)).toHaveProperty('reading');
      expect(judge(metric.name, metric.max)).toHaveProperty('reading');
      expect(judge(metric.name, metric.min - 1)).toMatchObject({
        rejection: { reason: 'out-of-range' },
      });
      expect(judge(metric.name, metric.max + 1)).toMatchObject({
        rejection: { reason: 'out-of-range' },
      });
    },
  );

  it('converts before it judges the range', () => {
    const pascal = {
      metric: 'pressure',
      value: '96543.21',
      at: undefined,
      convert: (v: number) => v / 100,
    };
    expect(validate(pascal, { receivedAt, oldestAt })).toEqual({
      reading: { metric: 'pressure', at: receivedAt, value: 965.4321 },
    });
  });
});
