import { describe, expect, it } from 'vitest';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { formatBytes } from '../../../dashboard/web/export/bytes.ts';
import {
  bodyOf,
  curlOf,
  dayStart,
  devicesMax,
  type ExportChoice,
  faultOf,
  formNames,
  legalDay,
  parametersOf,
} from '../../../dashboard/web/export/request.ts';
import { wording } from './wording.ts';

const choice: ExportChoice = {
  devices: ['ulm/air-1', 'ulm/air-2'],
  metrics: ['pm10'],
  firstDay: '2026-03-28',
  lastDay: '2026-03-29',
  resolution: '1h',
  form: 'csv',
  gaps: false,
};

describe('a choice of what to export', () => {
  it.each([
    ['no-days', { firstDay: '' }],
    ['no-days', { lastDay: '2026-13-01' }],
    ['days-reversed', { firstDay: '2026-03-30' }],
    ['no-devices', { devices: [] }],
    ['too-many-devices', { devices: Array.from({ length: 5_001 }, () => 'ulm/air-1' as const) }],
    ['no-metrics', { metrics: [] }],
    ['eea-tiers', { form: 'parquet-eea', resolution: 'raw' }],
    ['eea-tiers', { form: 'parquet-eea', resolution: '1m' }],
    [undefined, { form: 'parquet-eea', resolution: '1d' }],
    [undefined, { devices: undefined, metrics: undefined }],
    [undefined, { firstDay: '2026-03-29' }],
  ] as const)('has the fault %s with %o', (fault, part) => {
    expect(faultOf({ ...choice, ...part })).toBe(fault);
  });

  it('means whole legal days, also where civil ones have 23 hours', () => {
    expect(bodyOf(choice)).toMatchObject({
      from: '2026-03-27T23:00:00.000Z',
      to: '2026-03-29T23:00:00.000Z',
    });
    expect(legalDay(Date.UTC(2026, 2, 29, 22, 59))).toBe('2026-03-29');
    expect(legalDay(Date.UTC(2026, 2, 29, 23))).toBe('2026-03-30');
    expect(dayStart('29.3.2026')).toBeNaN();
  });

  it('names no device and no metric when all are meant', () => {
    const all = { ...choice, devices: undefined, metrics: undefined };
    const names = parametersOf(all).map(([name]) => name);
    expect(names).toEqual(['from', 'to', 'resolution', 'format', 'gaps']);
    expect(bodyOf({ ...all, kind: 'air' })).toMatchObject({ kind: 'air' });
  });

  it('says whether there are gaps where there are windows, and only there', () => {
    expect(bodyOf({ ...choice, gaps: true })).toMatchObject({ gaps: 'true' });
    expect(bodyOf(choice)).toMatchObject({ gaps: 'false' });
    expect(bodyOf({ ...choice, gaps: true, resolution: 'raw' })).not.toHaveProperty('gaps');
    expect(bodyOf({ ...choice, gaps: true, form: 'line' })).not.toHaveProperty('gaps');
  });

  it('has a format of the API for each form', () => {
    const formats = formNames.map((form) => {
      const { format, variant, columns } = bodyOf({ ...choice, form });
      return [format, variant, columns].filter(Boolean).join(' ');
    });
    expect(formats).toEqual([
      'csv',
      'csv de',
      'ndjson',
      'parquet',
      'parquet eea',
      'xlsx',
      'geojson',
      'line',
    ]);
  });
});

describe('the command', () => {
  it('asks for the same, and for a token only where one is needed', () => {
    expect(curlOf(choice, { origin: 'https://city.example', signedIn: false })).toBe(
      [
        "curl --fail --get 'https://city.example/api/v1/export'",
        "-d 'device=ulm/air-1,ulm/air-2'",
        "-d 'metric=pm10'",
        "-d 'from=2026-03-27T23:00:00.000Z'",
        "-d 'to=2026-03-29T23:00:00.000Z'",
        "-d 'resolution=1h'",
        "-d 'format=csv'",
        "-d 'gaps=false'",
        "-o 'sensorplatz.csv'",
      ].join(' \\\n  '),
    );
    expect(curlOf(choice, { origin: 'https://city.example', signedIn: true })).toContain(
      'Authorization: Bearer $TOKEN',
    );
  });

  it('cannot be broken out of', () => {
    const origin = "https://city.example';reboot'";
    expect(curlOf(choice, { origin, signedIn: false })).toContain(
      "'https://city.example'\\'';reboot'\\''/api/v1/export'",
    );
  });
});

it('knows how many devices the API takes', () => {
  expect(devicesMax).toBe(apiLimits.exportNamesMax);
});

describe('formatBytes', () => {
  it('counts in powers of ten', () => {
    const say = (bytes: number) => formatBytes(wording.formats, bytes);
    expect([0, 999, 1_000, 1_234_567, 5e12, 9e15].map(say)).toEqual([
      '0\u00a0B',
      '999\u00a0B',
      '1.0\u00a0kB',
      '1.2\u00a0MB',
      '5.0\u00a0TB',
      '9,000.0\u00a0TB',
    ]);
  });
});
