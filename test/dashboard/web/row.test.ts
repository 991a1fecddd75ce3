import { describe, expect, it } from 'vitest';
import { LiveTable } from '../../../dashboard/web/state/live-table.ts';
import { orderMetrics, toRow } from '../../../dashboard/web/state/row.ts';
import { device, now, row, tableOf } from './rows.ts';

describe('toRow', () => {
  it('counts a device that never spoke as offline, and says that it never did', () => {
    const { lastSeenAt: _, ...unseen } = device('a');
    expect(toRow(unseen, new LiveTable(), now)).toMatchObject({
      status: 'never',
      standing: 'offline',
      main: undefined,
    });
  });

  it('believes the list\u2019s "offline" until the device speaks again', () => {
    const listed = device('a', { status: 'offline', lastSeenAt: now - 5_000 });
    expect(toRow(listed, new LiveTable(), now).status).toBe('offline');
    expect(toRow(listed, tableOf('a', { pm10: 1 }), now).status).toBe('ok');
  });

  it('becomes stale with time alone', () => {
    expect(row('a', { lastSeenAt: now - 25_000 }).standing).toBe('ok');
    expect(row('a', { lastSeenAt: now - 25_001 }).standing).toBe('stale');
    expect(row('a', { lastSeenAt: now - 100_001 }).standing).toBe('offline');
  });

  it('stays abnormal while it is stale', () => {
    const table = tableOf('bin', { fill_level: 96 });
    const bin = device('bin', { kind: 'waste' });
    expect(toRow(bin, table, now + 30_000)).toMatchObject({
      standing: 'abnormal',
      status: 'stale',
      severity: 2,
    });
    expect(toRow(bin, table, now + 200_000).standing).toBe('offline');
  });

  it('raises no alarm of a bad value, and one of a suspect value', () => {
    const bin = device('bin', { kind: 'waste' });
    const ofFlag = (flag: number) => toRow(bin, tableOf('bin', { fill_level: 96 }, flag), now);
    expect(ofFlag(4)).toMatchObject({ standing: 'ok', severity: 0, main: { value: 96, flag: 4 } });
    expect(ofFlag(3)).toMatchObject({ standing: 'abnormal', severity: 2, main: { flag: 3 } });
  });

  it('shows what the device is there for, or the number that is abnormal', () => {
    expect(row('a', {}, { temperature: 3, pm10: 8, pm2_5: 4 }).main?.metric).toBe('pm2_5');
    expect(row('a', {}, { pm10: 80, pm2_5: 4 }).main?.metric).toBe('pm10');
    expect(row('a', { kind: 'light' }, { power: 40, lamp_fault: 1 }).main?.metric).toBe('power');
    expect(row('a', { kind: 'other' }, { voltage: 12 }).main?.metric).toBe('voltage');
  });

  it('holds a copy of the value: the table goes on while the screen is paused', () => {
    const table = tableOf('a', { pm10: 5 });
    const shown = toRow(device('a'), table, now);
    const values = { series: [0], age: [0], value: [9], flag: [3] };
    table.applyDelta({ epoch: 'a', seq: 2, now, values }, 'frame');
    expect(shown.main).toMatchObject({ value: 5, flag: 1 });
  });
});

describe('orderMetrics', () => {
  it('puts the main ones of a kind first and keeps the order of the others', () => {
    expect(orderMetrics('air', ['rssi', 'pm10', 'temperature', 'pm2_5', 'pm10'])).toEqual([
      'pm2_5',
      'pm10',
      'rssi',
      'temperature',
    ]);
  });
});
