import { z } from 'zod';
import { Series } from '../../../broker/contract/api.ts';
import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { limits } from '../../../broker/contract/limits.ts';
import { MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import type { SeriesColumns } from '../../../broker/contract/series.ts';
import {
  dayKinds,
  type Resolution,
  resolutions,
  tierWidthMs,
} from '../../../broker/contract/windows.ts';
import { daily, dayWindows } from '../../../ingest/domain/days.ts';
import { keptForEver, keptFrom } from '../../../ingest/domain/retention.ts';
import type { SeriesQuery } from '../../../ingest/store/store.ts';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { findVisible } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

const dayMs = 86_400_000;

const Query = z.strictObject({
  device: DeviceKey,
  metric: MetricName,
  from: Instant.optional().describe('start, included; default 24 h before `to`'),
  to: Instant.optional().describe('end, excluded; default now'),
  resolution: z
    .enum(['auto', ...resolutions])
    .default('auto')
    .describe('auto: the finest that gives about `points` rows'),
  days: z
    .enum(dayKinds)
    .optional()
    .describe(
      'only with `resolution=1d`: days of UTC (default), civil days of the installation, or legal days ' +
        '(24 h at UTC+1); the latter two are made from hours',
    ),
  detail: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: all that a tier keeps, with times of extremes, variance and revision'),
  points: z.coerce.number().int().min(1).max(apiLimits.pointsMax).default(1_000),
});

type Span = Pick<SeriesQuery, 'device' | 'metric' | 'from' | 'to'>;

/** `GET /api/v1/series`: one series between two instants, raw or rolled up. */
export function seriesRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.storeQueriesMax);
  app.route({
    method: 'GET',
    url: '/api/v1/series',
    schema: {
      operationId: 'series',
      tags: [tags.readings],
      summary: 'One series as columns, raw or rolled up; `resolution` says which',
      querystring: Query,
      response: { 200: Series },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const device = findVisible(context, audience, query.device);
      if (!device) throw new ApiError('not-found');
      const span = spanOf(query, context.deps.clock());
      const { days } = query;
      if (days !== undefined && query.resolution !== '1d')
        throw new ApiError('invalid-request', 'days goes with resolution=1d only');
      const answer = await gate(() => answerTo(context, span, { ...query, device }));
      return { ...span, unit: metricOf(query.metric).unit, ...answer };
    },
  });
}

function spanOf({ device, metric, ...query }: z.output<typeof Query>, now: number): Span {
  const to = query.to ?? now;
  const from = query.from ?? to - dayMs;
  if (from >= to) throw new ApiError('invalid-request', 'from must be before to');
  return { device, metric, from, to };
}

type Answer = Pick<Series, 'resolution' | 'days' | 'columns'>;
type Asked = Pick<z.output<typeof Query>, 'resolution' | 'points' | 'days' | 'detail'>;

async function answerTo(
  context: Context,
  span: Span,
  { device, resolution, points, days, detail }: Asked & { device: Device },
): Promise<Answer> {
  const rowsMax = limits.seriesRowsMax;
  const read =
    resolution === 'auto'
      ? await readAuto(context, span, { device, points })
      : days === 'civil' || days === 'legal'
        ? await readDays(context, span, days)
        : await readTier(context, span, { resolution, rowsMax });
  return detail === 'true' ? read : { ...read, columns: inShort(read.columns) };
}

async function readTier(
  { deps }: Context,
  span: Span,
  { resolution, rowsMax }: { resolution: Resolution; rowsMax: number },
): Promise<Answer> {
  const query = { ...span, rowsMax };
  const columns =
    resolution === 'raw'
      ? await deps.store.raw(query)
      : await deps.store.rollups(resolution, query);
  return { resolution, columns };
}

/** Days that are not UTC's are made of the hours that they hold. */
async function readDays(
  { config, deps }: Context,
  span: Span,
  kind: 'civil' | 'legal',
): Promise<Answer> {
  const windows = dayWindows(span.from, span.to, { kind, timeZone: config.timeZone });
  const hours = await deps.store.rollups('1h', {
    ...span,
    from: windows[0]?.start ?? span.from,
    to: windows.at(-1)?.end ?? span.from,
    rowsMax: limits.seriesRowsMax,
  });
  const columns = daily(hours, windows, { kind: metricOf(span.metric).kind });
  return { resolution: '1d', days: kind, columns };
}

function inShort(columns: SeriesColumns): SeriesColumns {
  if (!('mean' in columns)) return columns;
  const { at, mean, min, max, count, coverage, flags, end } = columns;
  return { at, mean, min, max, count, coverage, flags, ...(end ? { end } : {}) };
}

/** The finest that retention still has. A device may send far more than it is expected to: the next coarser tier is read then. */
async function readAuto(
  context: Context,
  span: Span,
  { device, points }: { device: Device; points: number },
): Promise<Answer> {
  const rowsMax = Math.min(limits.seriesRowsMax, 10 * points);
  const { retention = keptForEver } = context.config;
  const kept = keptFrom(retention, context.deps.clock());
  for (const resolution of resolutions.slice(0, -1)) {
    if (span.from < kept(resolution)) continue;
    if (expectedRows(resolution, device, span) > 2 * points) continue;
    try {
      return await readTier(context, span, { resolution, rowsMax });
    } catch (error) {
      if (!isTooLarge(error)) throw error;
    }
  }
  return readTier(context, span, { resolution: '1d', rowsMax: limits.seriesRowsMax });
}

function expectedRows(resolution: Resolution, device: Device, { from, to }: Span): number {
  const stepMs = resolution === 'raw' ? expectedIntervalMs(device) : tierWidthMs[resolution];
  return (to - from) / stepMs;
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'query-too-large';
}
