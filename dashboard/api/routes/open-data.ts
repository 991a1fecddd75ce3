import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { DeviceKind } from '../../../broker/contract/device.ts';
import { catalogueOf } from '../../../ingest/open-data/catalogue.ts';
import type { PublishedFile } from '../../../ingest/open-data/shelf.ts';
import { readers } from '../authenticate.ts';
import type { OpenDataConfig } from '../config.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';

const types = { csv: 'application/gzip', parquet: 'application/vnd.apache.parquet' } as const;

/** What is said where nothing is configured; the defaults of the environment. */
const unsaid: OpenDataConfig = {
  publisherName: 'Sensorplatz',
  licence: 'https://creativecommons.org/licenses/by/4.0/',
};

const checksumSuffix = '.sha256';

/** The monthly files of public series, their checksums, and the catalogue that lists them. */
export function openDataRoutes(app: Api, context: Context): void {
  catalogueRoute(app, context);
  fileRoute(app, context);
}

function catalogueRoute(app: Api, context: Context): void {
  const { licence, publisherName, publicUrl } = context.config.openData ?? unsaid;
  app.route({
    method: 'GET',
    url: '/api/v1/open-data/catalogue.jsonld',
    schema: {
      operationId: 'openDataCatalogue',
      tags: [tags.openData],
      summary: 'DCAT-AP 3 catalogue of the published files of public series, as JSON-LD',
      response: {
        200: { description: 'JSON-LD', content: { 'application/ld+json': { schema: z.any() } } },
      },
    },
    serializerCompiler: () => String,
    onRequest: readers(context),
    handler: async (request, reply) => {
      const { files } = (await context.deps.openData?.read()) ?? { files: [] };
      const catalogue = catalogueOf(files, {
        name: publisherName,
        licence,
        publicUrl: publicUrl ?? originOf(request),
      });
      return reply
        .type('application/ld+json')
        .header('cache-control', 'no-cache')
        .send(JSON.stringify(catalogue));
    },
  });
}

function fileRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/open-data/:kind/:name',
    schema: {
      operationId: 'openDataFile',
      tags: [tags.openData],
      summary: 'A published file (`2026-10.csv.gz`), or its SHA-256 (`2026-10.csv.gz.sha256`)',
      description:
        'The bytes of a name never change: a correction is published as `2026-10.r2.csv.gz`, and the catalogue says ' +
        'which one is the newest.',
      params: z.object({ kind: DeviceKind, name: z.string().max(40) }),
      response: {
        200: {
          description: 'The file',
          content: {
            'application/gzip': { schema: z.any() },
            'application/vnd.apache.parquet': { schema: z.any() },
            'text/plain': { schema: z.string() },
          },
        },
        304: z.undefined().describe('not changed: it never does'),
      },
    },
    onRequest: readers(context),
    handler: async ({ params, headers }, reply) => {
      const { kind, name } = params;
      const isChecksum = name.endsWith(checksumSuffix);
      const bare = isChecksum ? name.slice(0, -checksumSuffix.length) : name;
      const { openData: shelf } = context.deps;
      const file = await shelf?.find(kind, bare);
      if (!shelf || !file) throw new ApiError('not-found');
      if (isChecksum) {
        return reply.type('text/plain; charset=utf-8').send(`${file.sha256}  ${bare}\n`);
      }
      const etag = `"${file.sha256}"`;
      void reply
        .header('etag', etag)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('last-modified', new Date(file.publishedAt).toUTCString());
      if (headers['if-none-match'] === etag) return reply.code(304).send();
      return reply
        .type(types[file.format])
        .header('content-length', file.bytes)
        .header('content-disposition', `attachment; filename="${downloadNameOf(file)}"`)
        .send(shelf.open(file));
    },
  });
}

/** Files of several kinds in one folder of downloads must not have the same name. */
function downloadNameOf({ kind, name }: PublishedFile): string {
  return `${kind}-${name}`;
}

/** Where this request found the API; for installations that have not said where they are. */
function originOf({ protocol, host }: FastifyRequest): string {
  if (!/^[A-Za-z0-9.:[\]-]{1,255}$/.test(host)) {
    throw new ApiError('invalid-request', 'the host header is not valid');
  }
  return `${protocol}://${host}`;
}
