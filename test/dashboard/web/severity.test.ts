import { describe, expect, it } from 'vitest';
import type { DeviceView } from '../../../broker/contract/api.ts';
import { lampStates } from '../../../broker/contract/lighting.ts';
import { containerStates } from '../../../broker/contract/waste.ts';
import { reasonText, standingText } from '../../../dashboard/web/state/describe.ts';
import { isElevated, limitLines } from '../../../dashboard/web/state/severity.ts';
import {
  assess,
  containerSeverity,
  lampSeverity,
  type Newest,
} from '../../../ingest/domain/finding.ts';
import { device, row } from './rows.ts';
import { wording } from './wording.ts';

const at = 1_000_000;

function of(part: Partial<DeviceView>, values: Record<string, number | Partial<Newest>>) {
  return assess(device('a', part), (metric) => {
    const value = values[metric];
    if (value === undefined) return undefined;
    const newest = { at, value: Number.NaN, flag: 1 };
    return typeof value === 'number' ? { ...newest, value } : { ...newest, ...value };
  });
}

const led = { nominalPowerW: 40 };

describe('how urgent a state is', () => {
  it('is said of every state of the contract, and never rises from a worse one to a better', () => {
    expect(Object.keys(lampSeverity)).toEqual([...lampStates]);
    expect(Object.keys(containerSeverity)).toEqual([...containerStates]);
    const severities = containerStates.map((state) => containerSeverity[state]);
    expect(severities).toEqual([...severities].sort((a, b) => b - a));
  });
});

describe('assess', () => {
  it('finds nothing in a device without values or with normal ones', () => {
    for (const kind of ['air', 'light', 'waste', 'other'] as const) {
      expect(of({ kind }, {}), kind).toBeUndefined();
    }
    expect(of({ kind: 'air' }, { pm2_5: 25, pm10: 50 })).toBeUndefined();
    expect(
      of({ kind: 'light', lamp: led }, { lamp_on: 1, power: 40, lamp_fault: 0 }),
    ).toBeUndefined();
    expect(of({ kind: 'waste' }, { fill_level: 79.9, tilt: 0, temperature: 59 })).toBeUndefined();
  });

  it('does not take a value that is not a number for abnormal, nor one that cannot be true', () => {
    expect(of({}, { pm10: Number.NaN })).toBeUndefined();
    expect(of({}, { pm10: { value: 900, flag: 4 } })).toBeUndefined();
    expect(of({ kind: 'waste' }, { fill_level: { value: 100, flag: 4 } })).toBeUndefined();
    expect(of({ kind: 'light' }, { lamp_fault: { value: 1, flag: 4 } })).toBeUndefined();
  });

  it.each([
    [{ lamp_on: 1, lamp_fault: 1 }, 'failed', 2, 'lamp_fault'],
    [{ lamp_on: 1, power: 1 }, 'failed', 2, 'power'],
    [{ lamp_on: 0, power: 38 }, 'unexpected-on', 1, 'power'],
    [{ lamp_on: 1, dim_level: 50, power: 39 }, 'power-high', 1, 'power'],
    [{ lamp_on: 1, power: 40, voltage: 4 }, 'supply-loss', 3, 'voltage'],
    [{ lamp_on: 1, power: 40, voltage: 260 }, 'voltage-high', 1, 'voltage'],
    [{ lamp_on: 1, power: 40, power_factor: 0.5 }, 'power-factor-low', 1, 'power_factor'],
  ])('calls a lamp with %o %s', (values, state, severity, metric) => {
    const finding = of({ kind: 'light', lamp: led }, values);
    expect(finding).toMatchObject({ severity, metric, reason: { of: 'lamp', state } });
    expect(finding?.limit).toBeUndefined();
  });

  it('does not judge of a lamp what it is not told: the sun, and the power that it should have', () => {
    expect(of({ kind: 'light' }, { lamp_on: 1, power: 1 })).toBeUndefined();
    expect(of({ kind: 'light' }, { lamp_on: 0 })).toBeUndefined();
  });

  it.each([
    [{ tilt: 1, fill_level: 100 }, 'dropped', 3, 'tilt'],
    [{ temperature: 61, tilt: 1 }, 'fire', 3, 'temperature'],
    [{ fill_level: 100 }, 'overflow', 3, 'fill_level'],
    [{ fill_level: 90 }, 'urgent', 2, 'fill_level'],
    [{ fill_level: 80 }, 'due', 1, 'fill_level'],
  ])('calls a container with %o %s', (values, state, severity, metric) => {
    const reason = { of: 'container', state };
    expect(of({ kind: 'waste' }, values)).toMatchObject({ severity, metric, reason });
  });

  it('goes by what the owner says of a container, and by its distance', () => {
    const container = {
      stream: 'glass',
      collectAtPercent: 50,
      emptyMm: 1_500,
      fullMm: 500,
    } as const;
    expect(of({ kind: 'waste', container }, { distance: 900 })).toMatchObject({
      severity: 1,
      value: 60,
      limit: 50,
    });
    // The device's own word does not count where its owner says what its distance means.
    expect(of({ kind: 'waste', container }, { fill_level: 100 })).toBeUndefined();
  });

  it('stays abnormal while it is silent: it is judged at its newest value', () => {
    expect(of({ kind: 'waste' }, { fill_level: { value: 97, at: 1 } })).toMatchObject({
      severity: 2,
    });
    // But a word of long before the newest is none of the present.
    const old = { tilt: { value: 1, at: at - 3_600_000 }, fill_level: 10 };
    expect(of({ kind: 'waste' }, old)).toBeUndefined();
  });

  it('takes dust above the daily means for elevated, in devices of any other kind', () => {
    for (const kind of ['air', 'other', 'weather'] as const) {
      expect(of({ kind }, { pm10: 50.1 })).toMatchObject({ severity: 1, limit: 50, value: 50.1 });
    }
    expect(of({}, { pm2_5: 26, pm10: 80 })).toMatchObject({ metric: 'pm2_5' });
  });
});

describe('a finding in words', () => {
  it('names the state, with the value and the limit where these say more', () => {
    const bin = row('a', { kind: 'waste' }, { fill_level: 97 });
    expect(standingText(wording, bin, at)).toBe('empty urgently');
    expect(reasonText(wording, bin)).toBe('empty urgently: 97\u00a0% full (empty from 80\u00a0%)');
    expect(reasonText(wording, row('b', { kind: 'waste' }, { tilt: 1 }))).toBe('tipped over');
    expect(reasonText(wording, row('c', { kind: 'light' }, { lamp_fault: 1 }))).toBe('failed');
    expect(reasonText(wording, row('d', {}, { pm10: 80 }))).toMatch(/^elevated: 80\.0/);
    expect(reasonText(wording, row('e', {}, { pm10: 8 }))).toBeUndefined();
  });
});

describe('limits', () => {
  it('marks single values as elevated by the same numbers', () => {
    expect(isElevated('pm10', 50.1)).toBe(true);
    expect(isElevated('pm10', 50)).toBe(false);
    expect(isElevated('temperature', 1_000)).toBe(false);
  });

  it('draws a line for each limit of a metric, those of a container by its owner, none for flags', () => {
    expect(limitLines('fill_level').map((line) => line.value)).toEqual([80, 90]);
    const own = { stream: 'glass', collectAtPercent: 60, urgentAtPercent: 75 } as const;
    expect(limitLines('fill_level', own).map((line) => line.value)).toEqual([60, 75]);
    expect(limitLines('pm2_5')).toEqual([{ value: 25, level: 'abnormal' }]);
    expect(limitLines('lamp_fault')).toEqual([]);
  });
});
