import { z } from 'zod';
import { Series } from '../../../broker/contract/api.ts';
import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { limits } from '../../../broker/contract/limits.ts';
import { MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import { type Resolution, resolutions, tierWidthMs } from '../../../broker/contract/windows.ts';
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
      summary: 'One series as columns; `resolution` says which',
      querystring: Query,
      response: { 200: Series },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const device = findVisible(context, audience, query.device);
      if (!device) throw new ApiError('not-found');
      const to = query.to ?? context.deps.clock();
      const from = query.from ?? to - dayMs;
      if (from >= to) throw new ApiError('invalid-request', 'from must be before to');
      const span: Span = { device: query.device, metric: query.metric, from, to };
      const { resolution, points } = query;
      const answer = await gate(() =>
        resolution === 'auto'
          ? readAuto(context, span, { device, points })
          : read(context, span, { resolution, rowsMax: limits.seriesRowsMax }),
      );
      return { ...span, unit: metricOf(query.metric).unit, ...answer };
    },
  });
}

type Answer = Pick<Series, 'resolution' | 'columns'>;

async function read(
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

/** A device may send far more often than it is expected to: the next coarser tier is read then. */
async function readAuto(
  context: Context,
  span: Span,
  { device, points }: { device: Device; points: number },
): Promise<Answer> {
  const rowsMax = Math.min(limits.seriesRowsMax, 10 * points);
  for (const resolution of resolutions.slice(0, -1)) {
    if (expectedRows(resolution, device, span) > 2 * points) continue;
    try {
      return await read(context, span, { resolution, rowsMax });
    } catch (error) {
      if (!isTooLarge(error)) throw error;
    }
  }
  return read(context, span, { resolution: '1d', rowsMax: limits.seriesRowsMax });
}

function expectedRows(resolution: Resolution, device: Device, { from, to }: Span): number {
  const stepMs = resolution === 'raw' ? expectedIntervalMs(device) : tierWidthMs[resolution];
  return (to - from) / stepMs;
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'query-too-large';
}
