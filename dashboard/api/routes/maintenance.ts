import { z } from 'zod';
import { Maintenance, MaintenanceList, NewMaintenance } from '../../../broker/contract/alarms.ts';
import { actorOf } from '../access.ts';
import { alarmsOf } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const operators = only('operator', 'admin');

const Body = NewMaintenance.strict()
  .refine(({ from, to }) => to > from, { path: ['to'], message: 'must be after `from`' })
  .refine(({ from, to }) => to - from <= apiLimits.maintenanceMsMax, {
    path: ['to'],
    message: 'must be at most 366 days after `from`',
  })
  .refine(({ scope }) => Object.values(scope).some((names) => names && names.length > 0), {
    path: ['scope'],
    message:
      'must name devices, groups, providers or kinds: all of the city is not maintained at once',
  });

/** `/api/v1/maintenance`: planned work, during which alarms are kept back. */
export function maintenanceRoutes(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/maintenance',
    schema: {
      operationId: 'listMaintenance',
      tags: [tags.alarms],
      summary: 'Maintenance windows, coming ones and those under way',
      response: { 200: MaintenanceList },
    },
    onRequest: operators,
    handler: async () => ({ maintenance: alarmsOf(context).maintenance() }),
  });
  app.route({
    method: 'POST',
    url: '/api/v1/maintenance',
    schema: {
      operationId: 'addMaintenance',
      tags: [tags.alarms],
      summary:
        'Announce planned work: alarms of these devices are not shown among what is to be done',
      body: Body,
      response: { 201: Maintenance },
    },
    onRequest: operators,
    handler: async ({ body, caller }, reply) => {
      if (body.to <= context.deps.clock()) {
        throw new ApiError('invalid-request', 'to: must be in the future');
      }
      const window = await alarmsOf(context).putMaintenance(body, actorOf(caller));
      return reply.code(201).send(window);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api/v1/maintenance/:id',
    schema: {
      operationId: 'endMaintenance',
      tags: [tags.alarms],
      summary: 'End a maintenance window now, or call it off',
      params: z.object({ id: z.string().min(1).max(100) }),
      response: { 204: z.undefined().describe('ended') },
    },
    onRequest: operators,
    handler: async ({ params, caller }, reply) => {
      const existed = await alarmsOf(context).endMaintenance(params.id, actorOf(caller));
      if (!existed) throw new ApiError('not-found');
      return reply.code(204).send();
    },
  });
}
