import { z } from 'zod';
import { DeviceList } from '../../../broker/contract/api.ts';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { DeviceFeatures, DeviceFilter, listDevices, toFeatures } from '../device-view.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

const geoJson = 'application/geo+json';

const Query = z.strictObject({
  ...DeviceFilter.shape,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(apiLimits.devicesPageMax)
    .default(apiLimits.devicesPageMax),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});

/** `GET /api/v1/devices`: the devices that the caller may see, as JSON or GeoJSON. */
export function devicesRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/devices',
    schema: {
      operationId: 'listDevices',
      tags: [tags.devices],
      summary: 'Devices with kind, place, last seen and status; GeoJSON where that is accepted',
      querystring: Query,
      response: {
        200: {
          description: 'In the order of their keys',
          content: {
            'application/json': { schema: DeviceList },
            [geoJson]: { schema: DeviceFeatures },
          },
        },
      },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async (request, reply) => {
      const { limit, offset, ...filter } = request.query;
      const audience = audienceOf(request.caller, context.config.publicRead);
      const found = listDevices(context, audience, filter);
      const page = found.slice(offset, offset + limit);
      reply.header('vary', 'accept');
      if (request.headers.accept?.includes(geoJson)) {
        return reply.type(geoJson).send(toFeatures(page, found.length));
      }
      return reply.type('application/json').send({ devices: page, total: found.length });
    },
  });
}
