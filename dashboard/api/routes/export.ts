import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ExportProgress } from '../../../broker/contract/exports.ts';
import type { ExportJob, Exports } from '../../../ingest/export/port.ts';
import { audienceOf, type Caller } from '../access.ts';
import { readers } from '../authenticate.ts';
import { parseByteRange } from '../byte-range.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { ExportQuery, exportRequest } from '../export-request.ts';
import { tags } from '../openapi.ts';

const Params = z.object({ id: z.uuid() });

const file = {
  description: 'The file. `ETag` names it; `Link` leads to its description',
  content: {
    'text/csv': { schema: z.string() },
    'application/x-ndjson': { schema: z.string() },
    'application/vnd.apache.parquet': { schema: z.string() },
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: z.string() },
    'application/geo+json': { schema: z.string() },
    'text/plain': { schema: z.string() },
  },
} as const;

/** Exports: series as files, without a limit of rows. */
export function exportRoutes(app: Api, context: Context): void {
  download(app, context);
  start(app, context);
  progress(app, context);
  metadata(app, context);
  fileOf(app, context);
  cancel(app, context);
}

function download(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/export',
    // It would make the whole file for a few headers.
    exposeHeadRoute: false,
    schema: {
      operationId: 'export',
      tags: [tags.readings],
      summary: 'Series as a file that is sent while it is made; resume with `If-Range` and `Range`',
      querystring: ExportQuery,
      response: { 200: file, 206: file },
    },
    onRequest: readers(context),
    handler: async (request, reply) => {
      const { query, caller } = request;
      // Who resumes gets what was begun, not another file.
      const begun = resumed(request, context);
      if (begun) return sendFile(begun, request, reply);
      const job = begin(context, caller, { query, detached: false });
      // What fails before is answered with a problem; later, the connection is all that can be cut.
      await job.begun();
      return sendFile(job, request, reply);
    },
  });
}

function start(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/exports',
    schema: {
      operationId: 'startExport',
      tags: [tags.readings],
      summary: 'Start an export without downloading it; its file stays for an hour',
      body: ExportQuery,
      response: { 202: ExportProgress },
    },
    onRequest: readers(context),
    handler: async ({ body, caller }, reply) => {
      const job = begin(context, caller, { query: body, detached: true });
      const told = job.progress();
      return reply.code(202).header('location', pathOf(told.id)).send(told);
    },
  });
}

function progress(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/exports/:id',
    schema: {
      operationId: 'exportProgress',
      tags: [tags.readings],
      summary: 'How far an export has come',
      params: Params,
      response: { 200: ExportProgress },
    },
    handler: async (request) => findJob(request, context, request.params.id).progress(),
  });
}

function metadata(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/exports/:id/metadata',
    schema: {
      operationId: 'exportMetadata',
      tags: [tags.readings],
      summary: 'What must be known to use the file: licence, stations, rules, legend, checksum',
      params: Params,
      response: { 200: z.record(z.string(), z.unknown()) },
    },
    handler: async (request) => findJob(request, context, request.params.id).metadata(),
  });
}

function fileOf(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/exports/:id/file',
    schema: {
      operationId: 'exportFile',
      tags: [tags.readings],
      summary: 'The file, whole or from a byte on; follows one that is still being made',
      params: Params,
      response: { 200: file, 206: file },
    },
    handler: async (request, reply) =>
      sendFile(findJob(request, context, request.params.id), request, reply),
  });
}

function cancel(app: Api, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/exports/:id',
    schema: {
      operationId: 'cancelExport',
      tags: [tags.readings],
      summary: 'Stop an export and delete its file',
      params: Params,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { id } = findJob(request, context, request.params.id).progress();
      await exportsOf(context).cancel(id);
      return reply.code(204).send(null);
    },
  });
}

function begin(
  context: Context,
  caller: Caller,
  { query, detached }: { query: ExportQuery; detached: boolean },
): ExportJob {
  const audience = audienceOf(caller, context.config.publicRead);
  const request = exportRequest(context, audience, query, detached);
  return exportsOf(context).start({ ...request, isGuest: caller.account === undefined });
}

function exportsOf({ deps }: Context): Exports {
  if (!deps.exports) throw new ApiError('not-found', 'there are no exports here');
  return deps.exports;
}

/** An export of the caller's; of others' there is no telling whether they exist. */
function findJob({ caller }: FastifyRequest, context: Context, id: string): ExportJob {
  const job = exportsOf(context).find(id);
  const audience = audienceOf(caller, context.config.publicRead);
  if (!job || (job.owner !== audience.id && caller.role !== 'admin')) {
    throw new ApiError('not-found');
  }
  return job;
}

function resumed(request: FastifyRequest, context: Context): ExportJob | undefined {
  const { range, 'if-range': tag } = request.headers;
  if (range === undefined || tag === undefined) return undefined;
  const id = /^"([0-9a-f-]{36})"$/.exec(String(tag))?.[1];
  if (id === undefined || !exportsOf(context).find(id)) return undefined;
  return findJob(request, context, id);
}

async function sendFile(
  job: ExportJob,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { id, fileName, contentType, failure } = job.progress();
  if (failure) await job.finished();
  const tag = `"${id}"`;
  reply.headers({
    'content-type': contentType,
    'content-disposition': `attachment; filename="${fileName}"`,
    'content-location': `${pathOf(id)}/file`,
    link: `<${pathOf(id)}/metadata>; rel="describedby"; type="application/json"`,
    etag: tag,
    'accept-ranges': 'bytes',
  });
  const isOurs = headers['if-range'] === undefined || headers['if-range'] === tag;
  // A part of a file needs its length.
  if (headers.range !== undefined && isOurs) await job.finished();
  const { state, bytes } = job.progress();
  const range = isOurs && state === 'done' ? parseByteRange(headers.range, bytes) : undefined;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes}`);
    throw new ApiError('range-not-satisfiable');
  }
  if (range) {
    reply.code(206).headers({
      'content-range': `bytes ${range.from}-${range.to - 1}/${bytes}`,
      'content-length': range.to - range.from,
    });
  } else if (state === 'done') reply.header('content-length', bytes);
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  const chunks = job.read({ ...range, gone: left.signal });
  return reply.send(Readable.from(chunks, { objectMode: false, highWaterMark: sendBytes }));
}

/** Bytes that wait for a slow reader. */
const sendBytes = 512 * 1024;

function pathOf(id: string): string {
  return `/api/v1/exports/${id}`;
}
