import { describe, expect, it } from 'vitest';
import { type Report, ReportList } from '../../../broker/contract/air.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { ReportShelf } from '../../../ingest/reports/report-files.ts';
import { startTestApi } from './support/test-api.ts';

const report = (id: string, year: number, devices: DeviceKey[]): Report => ({
  id,
  kind: 'year',
  year,
  devices,
  madeAt: 1,
  basis: {
    query: '/api/v1/statistics',
    ruleSets: ['EU-2008-50'],
    rounding: 'half-up-last',
    timeBase: 'UTC+1',
    data: { hours: 0, revisedHours: 0, revisionMax: 0, resultAt: null },
  },
  statistics: [],
});

function shelfOf(kept: readonly Report[]): ReportShelf {
  return {
    list: async () =>
      kept.map(({ id, kind, year, devices, madeAt }) => ({ id, kind, year, devices, madeAt })),
    read: async (id) => kept.find((one) => one.id === id),
  };
}

const kept = [
  report('open', 2026, ['ulm/a1']),
  report('closed', 2026, ['ulm/secret']),
  report('mixed', 2025, ['ulm/a1', 'koeln/hidden']),
  report('gone', 2025, ['ulm/gone']),
];

describe('reports', () => {
  it('are seen by who may see all of their devices', async () => {
    const { ask } = await startTestApi({ deps: { reports: shelfOf(kept) } });
    const seen = async (as: 'public' | 'provider' | 'operator') =>
      ReportList.parse((await ask({ url: '/api/v1/reports', as })).json()).reports.map(
        ({ id }) => id,
      );
    expect(await seen('public')).toEqual(['open']);
    expect(await seen('provider')).toEqual(['open', 'closed']);
    expect(await seen('operator')).toEqual(['open', 'closed', 'mixed', 'gone']);
    const status = async (id: string, as: 'public' | 'provider' | 'operator') =>
      (await ask({ url: `/api/v1/reports/${id}`, as })).statusCode;
    expect(await status('open', 'public')).toBe(200);
    expect(await status('closed', 'public')).toBe(404);
    expect(await status('mixed', 'provider')).toBe(404);
    expect(await status('gone', 'operator')).toBe(200);
    expect(await status('none', 'operator')).toBe(404);
  });

  it('are filtered and paged', async () => {
    const { ask } = await startTestApi({ deps: { reports: shelfOf(kept) } });
    const found = async (query: string) => {
      const answer = await ask({ url: `/api/v1/reports?${query}`, as: 'operator' });
      const { reports, total } = ReportList.parse(answer.json());
      return [reports.map(({ id }) => id), total];
    };
    expect(await found('year=2025')).toEqual([['mixed', 'gone'], 2]);
    expect(await found('device=koeln/hidden')).toEqual([['mixed'], 1]);
    expect(await found('kind=comparison')).toEqual([[], 0]);
    expect(await found('limit=1&offset=1')).toEqual([['closed'], 4]);
    expect((await ask({ url: '/api/v1/reports?kind=soap' })).statusCode).toBe(400);
  });

  it('are an empty list where none are made', async () => {
    const { ask } = await startTestApi();
    expect((await ask({ url: '/api/v1/reports' })).json()).toEqual({ reports: [], total: 0 });
    expect((await ask({ url: '/api/v1/reports/x' })).statusCode).toBe(404);
  });
});
