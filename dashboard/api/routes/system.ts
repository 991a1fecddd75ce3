import { z } from 'zod';
import type { Api, Context } from '../context.ts';
import { partsInTime, worstOf } from '../health-parts.ts';
import { tags } from '../openapi.ts';

const state = z.enum(['ok', 'degraded', 'failed']);
const Readiness = z.object({
  state,
  parts: z.array(z.object({ name: z.string(), state, detail: z.string().optional() })),
});

/** `/healthz`, `/readyz` and `/metrics`, for whoever looks after the platform. */
export function systemRoutes(app: Api, { deps }: Context): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      operationId: 'healthz',
      tags: [tags.system],
      summary: 'Alive',
      response: { 200: z.object({ state: z.literal('ok') }) },
    },
    handler: async () => ({ state: 'ok' as const }),
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      operationId: 'readyz',
      tags: [tags.system],
      summary: 'Ready: no part has failed; an outage that is ridden out is `degraded`',
      response: { 200: Readiness, 503: Readiness },
    },
    handler: async (_request, reply) => {
      const parts = await partsInTime(deps.health);
      const worst = worstOf(parts);
      return reply.code(worst === 'failed' ? 503 : 200).send({ state: worst, parts });
    },
  });
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      operationId: 'metrics',
      tags: [tags.system],
      summary: 'Counters and gauges as Prometheus text',
      response: { 200: { description: 'text', content: { 'text/plain': { schema: z.string() } } } },
    },
    serializerCompiler: () => String,
    handler: async (_request, reply) =>
      reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  });
}
