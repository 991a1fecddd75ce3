import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Site } from '../../../broker/contract/api.ts';
import { metricNames, metricOf } from '../../../broker/contract/metrics.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';

/** What the dashboard needs to know of this installation, and its base map. Nothing secret: anyone may ask. */
export function siteRoutes(app: Api, { config, deps }: Context): void {
  const { timeZone, publicRead, mapTiles, openData, contact } = config;
  const site: Site = {
    timeZone,
    publicRead,
    demo: deps.demo,
    hasBaseMap: deps.baseMap !== undefined,
    ...(deps.mqtt ? { mqtt: deps.mqtt } : {}),
    ...(mapTiles ? { mapTiles } : {}),
    ...(openData ? { publisher: openData.publisherName, licence: openData.licence } : {}),
    ...(contact === undefined ? {} : { contact }),
    metrics: metricNames.map(metricOf),
  };
  app.route({
    method: 'GET',
    url: '/api/v1/site',
    schema: {
      operationId: 'site',
      tags: [tags.system],
      summary: 'This installation: time zone, map, metrics with unit and label',
      response: { 200: Site },
    },
    handler: async () => site,
  });
  app.route({
    method: 'GET',
    url: '/api/v1/map',
    schema: {
      operationId: 'baseMap',
      tags: [tags.system],
      summary: 'The base map, where there is one',
      response: {
        200: { description: 'GeoJSON', content: { 'application/geo+json': { schema: z.any() } } },
      },
    },
    serializerCompiler: () => String,
    handler: async (_request, reply) => {
      if (deps.baseMap === undefined) throw new ApiError('not-found', 'no base map is configured');
      const text = await readFile(deps.baseMap, 'utf8');
      return reply.type('application/geo+json').header('cache-control', 'no-cache').send(text);
    },
  });
}
