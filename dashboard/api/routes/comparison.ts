import { z } from 'zod';
import { Comparison } from '../../../broker/contract/air.ts';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import { compare } from '../../../ingest/domain/air/comparison.ts';
import { distanceM } from '../../../ingest/domain/quality/neighbours.ts';
import { readHours } from '../../../ingest/reports/read-hours.ts';
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
  reference: DeviceKey.describe('what it is held against; usually a reference station near it'),
  metric: MetricName,
  from: Instant.optional().describe('start, included; default 30 days before `to`'),
  to: Instant.optional().describe('end, excluded; default the last whole hour'),
});

/** `GET /api/v1/comparison`: a device beside a reference, by hours that both have. */
export function comparisonRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.yearReadsMax);
  app.route({
    method: 'GET',
    url: '/api/v1/comparison',
    schema: {
      operationId: 'comparison',
      tags: [tags.air],
      summary: 'A device beside a reference: bias, lines, R², coverage, drift',
      querystring: Query,
      response: { 200: Comparison },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const { metric } = query;
      const audience = audienceOf(caller, context.config.publicRead);
      const device = findVisible(context, audience, query.device);
      const reference = findVisible(context, audience, query.reference);
      if (!device || !reference) throw new ApiError('not-found');
      if (device === reference) throw new ApiError('invalid-request', 'both are the same device');
      if (metricOf(metric).kind !== 'gauge') {
        throw new ApiError('invalid-request', `${metric} has no hourly means to compare`);
      }
      const span = spanOf(query, context.deps.clock());
      const read = (key: DeviceKey) =>
        readHours(context.deps.store, { device: key, metric, ...span });
      const [own, others] = await gate(() =>
        Promise.all([read(query.device), read(query.reference)]),
      );
      const apart =
        device.location && reference.location
          ? Math.round(10 * distanceM(device.location, reference.location)) / 10
          : undefined;
      const { device: key, reference: other } = query;
      const asked = { device: key, reference: other, metric, ...span, distanceM: apart };
      return compare(asked, own, others);
    },
  });
}

function spanOf(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  now: number,
): { from: number; to: number } {
  const end = to ?? windowStart('1h', now);
  const begin = from ?? end - 30 * dayMs;
  if (begin >= end) throw new ApiError('invalid-request', 'from must be before to');
  if (end - begin > apiLimits.comparisonMsMax) {
    throw new ApiError('invalid-request', 'compare three years at the most');
  }
  return { from: begin, to: end };
}
