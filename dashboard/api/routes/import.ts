import type { IncomingMessage } from 'node:http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { DeviceKey, Id, providerOf } from '../../../broker/contract/ids.ts';
import { ImportFormat, ImportReport } from '../../../broker/contract/import-report.ts';
import { ImportFailed, type ImportRequest } from '../../../ingest/import/importer.ts';
import { importLimits } from '../../../ingest/import/limits.ts';
import type { Caller } from '../access.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const Query = z.strictObject({
  format: ImportFormat,
  device: DeviceKey.optional().describe('the one device that the file is about'),
  provider: Id.optional().describe('whose devices are meant where the file has ids alone'),
  dryRun: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(false)
    .describe('true: the report only, nothing is written'),
});

/** `POST /api/v1/import`: a file of the past, by the path that devices take. */
export function importRoute(app: Api, context: Context): void {
  // The body is read as it comes, whatever its content type says.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  const gate = createGate(apiLimits.importsMax);
  const allowed = only('provider', 'operator', 'admin');
  app.route({
    method: 'POST',
    url: '/api/v1/import',
    config: { isUpload: true },
    schema: {
      operationId: 'importReadings',
      tags: [tags.readings],
      summary: 'Import a file of past readings (plain or gzip); providers for their own devices',
      description:
        'CSV (our export of raw values in both variants; `device,metric,at,value`; or a column for each metric), ' +
        'lines of JSON, InfluxDB line protocol, or a file of the sensor.community archive. Readings pass the rules ' +
        'that hold for devices and are stored once, however often they are imported. Send it with `dryRun=true` first.',
      consumes: ['*/*'],
      body: z.any().describe('the file'),
      querystring: Query,
      response: { 200: ImportReport },
    },
    onRequest: async function (request, reply) {
      await allowed.call(this, request, reply, () => {});
      const declared = Number(request.headers['content-length'] ?? 0);
      if (declared > importLimits.bodyBytesMax) {
        throw new ApiError('too-large', `a file may have ${importLimits.bodyBytesMax} bytes`);
      }
    },
    handler: async ({ query, body, caller }, reply) =>
      gate(() =>
        run(context, reply, { ...scopeOf(caller, query), ...query, body: chunksOf(body) }),
      ),
  });
}

async function run(
  { deps: { importer } }: Context,
  reply: FastifyReply,
  request: ImportRequest,
): Promise<ImportReport> {
  if (!importer) throw new ApiError('ingest-elsewhere');
  try {
    return await importer.run(request);
  } catch (error) {
    // The rest of the body is not read: the connection cannot be used again.
    void reply.header('connection', 'close');
    if (!(error instanceof ImportFailed)) throw error;
    throw new ApiError(error.code, error.message, { members: { report: error.report } });
  }
}

/** On whose behalf, and for whose devices. @throws ApiError when `device` or `provider` is not the caller's */
function scopeOf(
  { account, role, provider: own }: Caller,
  { device, provider }: z.output<typeof Query>,
): Pick<ImportRequest, 'account' | 'onlyProvider' | 'provider'> {
  if (!account) throw new ApiError('sign-in-required');
  if (role !== 'provider' || own === undefined) {
    return { account, ...(provider === undefined ? {} : { provider }) };
  }
  if (device !== undefined && providerOf(device) !== own) throw new ApiError('forbidden', device);
  if (provider !== undefined && provider !== own) throw new ApiError('forbidden', provider);
  return { account, onlyProvider: own, provider: own };
}

/** The body's chunks; ending early leaves the connection open for the answer. */
function chunksOf(body: unknown): AsyncIterable<Buffer> {
  if (!body) throw new ApiError('invalid-request', 'the body is the file');
  return (body as IncomingMessage).iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}
