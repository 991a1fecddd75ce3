import { z } from 'zod';
import { Report, ReportEntry, ReportList } from '../../../broker/contract/air.ts';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Audience, audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

const Query = z.strictObject({
  device: DeviceKey.optional(),
  kind: ReportEntry.shape.kind.optional(),
  year: z.coerce.number().int().optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(apiLimits.reportsPageMax)
    .default(apiLimits.reportsPageMax),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

/** `GET /api/v1/reports`, `GET /api/v1/reports/<id>`: what the nightly job has made. */
export function reportsRoutes(app: Api, context: Context): void {
  const gate = createGate(apiLimits.yearReadsMax);
  listing(app, context, gate);
  reading(app, context, gate);
}

type Gate = ReturnType<typeof createGate>;

function listing(app: Api, context: Context, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/reports',
    schema: {
      operationId: 'listReports',
      tags: [tags.air],
      summary: 'Stored reports, the newest year first',
      querystring: Query,
      response: { 200: ReportList },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const { device, kind, year, limit, offset } = query;
      const audience = audienceOf(caller, context.config.publicRead);
      const all = await gate(async () => (await context.deps.reports?.list()) ?? []);
      const found = all
        .filter((entry) => maySee(context, audience, entry))
        .filter((entry) => device === undefined || entry.devices.includes(device))
        .filter((entry) => kind === undefined || entry.kind === kind)
        .filter((entry) => year === undefined || entry.year === year);
      return { reports: found.slice(offset, offset + limit), total: found.length };
    },
  });
}

function reading(app: Api, context: Context, gate: Gate): void {
  app.route({
    method: 'GET',
    url: '/api/v1/reports/:id',
    schema: {
      operationId: 'getReport',
      tags: [tags.air],
      summary: 'One report with all that it rests on',
      params: z.object({ id: z.string().max(100) }),
      response: { 200: Report },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ params, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const report = await gate(async () => context.deps.reports?.read(params.id));
      if (!report || !maySee(context, audience, report)) throw new ApiError('not-found');
      return report;
    },
  });
}

/** All of its devices, as they are now; of one that is gone nobody but operations sees any more. */
function maySee(
  { deps }: Context,
  audience: Audience,
  { devices }: { devices: DeviceKey[] },
): boolean {
  return devices.every((key) => {
    const device = deps.registry.device(key);
    return device ? audience.sees(device) : audience.isOperations;
  });
}
