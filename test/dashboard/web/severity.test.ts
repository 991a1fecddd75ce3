import { describe, expect, it } from 'vitest';
import { assess } from '../../../broker/contract/finding.ts';
import { isAbnormal, limitLines } from '../../../dashboard/web/state/severity.ts';

const of = (values: Record<string, number>) => assess((metric) => values[metric]);

describe('assess', () => {
  it('finds nothing in a device without values or with normal ones', () => {
    expect(of({})).toBeUndefined();
    expect(of({ lamp_fault: 0, tilt: 0, fill_level: 89.9, pm2_5: 25, pm10: 50 })).toBeUndefined();
  });

  it('does not take a value that is not a number for abnormal', () => {
    expect(of({ fill_level: Number.NaN, pm10: Number.NaN })).toBeUndefined();
  });

  it.each([
    [{ lamp_fault: 1 }, 'lamp-fault', 2],
    [{ tilt: 1 }, 'tilted', 3],
    [{ fill_level: 90 }, 'almost-full', 2],
    [{ pm10: 50.1 }, 'elevated', 1],
    [{ pm2_5: 25.1 }, 'elevated', 1],
  ] as const)('calls %o %s', (values, reason, severity) => {
    expect(of(values)).toMatchObject({ reason, severity });
  });

  it('tells the worst of several findings, with the value and the limit that it broke', () => {
    expect(of({ pm10: 80, fill_level: 97, tilt: 1 })).toMatchObject({ severity: 3 });
    expect(of({ pm10: 80, fill_level: 97 })).toMatchObject({
      metric: 'fill_level',
      value: 97,
      limit: 90,
    });
  });
});

describe('limits', () => {
  it('marks single values as abnormal by the same rules', () => {
    expect(isAbnormal('fill_level', 90)).toBe(true);
    expect(isAbnormal('fill_level', 89)).toBe(false);
    expect(isAbnormal('temperature', 1_000)).toBe(false);
  });

  it('draws a line for each limit of a metric, an early one for bins, none for flags', () => {
    expect(limitLines('fill_level').map((line) => line.value)).toEqual([80, 90]);
    expect(limitLines('pm2_5')).toEqual([{ value: 25, level: 'abnormal' }]);
    expect(limitLines('lamp_fault')).toEqual([]);
  });
});
