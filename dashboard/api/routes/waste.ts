import { z } from 'zod';
import { accountName } from '../../../broker/contract/access.ts';
import type { Device } from '../../../broker/contract/device.ts';
import { deviceKey, Id } from '../../../broker/contract/ids.ts';
import {
  Collection,
  CollectionReport,
  type CollectionStop,
  ContainerHistory,
  type ContainerRow,
  KeptCollection,
  Waste,
  type WasteStream,
  wasteStreams,
} from '../../../broker/contract/waste.ts';
import { collectionList } from '../../../ingest/domain/waste/collection.ts';
import { containerParameters } from '../../../ingest/domain/waste/rule-set.ts';
import { audienceOf, type Caller, mayReport } from '../access.ts';
import { only, readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { whatIsThere } from '../device-memory.ts';
import { findVisible, visibleOfKind } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';
import { portionsOf, readAhead } from '../read-ahead.ts';
import { ReadQueue } from '../read-queue.ts';
import { collectionCsv } from '../waste/collection-csv.ts';
import { fittedLine, readEvents } from '../waste/container-history.ts';
import { containerRow } from '../waste/container-row.ts';
import { ContainerWatch } from '../waste/container-watch.ts';
import { FillHistories, historyMs } from '../waste/fill-histories.ts';

const Query = z.strictObject({
  stream: z.enum(wasteStreams).optional(),
  provider: Id.optional(),
});
type Query = z.output<typeof Query>;

const CollectionQuery = Query.extend({
  horizonHours: z.coerce.number().min(0).max(720).default(24),
  format: z.enum(['json', 'csv']).default('json'),
});

/** What the routes of containers share. */
interface Containers {
  context: Context;
  watch: ContainerWatch;
  histories: FillHistories;
  gate: ReturnType<typeof createGate>;
}

/** How containers stand, which to collect, what happened to them, and what crews found. */
export function wasteRoutes(app: Api, context: Context): void {
  const watch = new ContainerWatch(context);
  const queue = new ReadQueue();
  const histories = new FillHistories(context, queue);
  const gate = createGate(apiLimits.domainListsMax);
  const containers = { context, watch, histories, gate };
  let stop = (): void => {};
  app.addHook('onReady', async () => {
    stop = watch.start();
  });
  app.addHook('onClose', async () => stop());
  readAhead(app, context, { queue, looks: () => readFillsAhead(containers) });
  overview(app, containers);
  collecting(app, containers);
  history(app, containers);
  reporting(app, context);
}

/** The histories of all containers, portion by portion, for whoever asks first. */
function* readFillsAhead({ context, histories }: Containers) {
  const all = visibleOfKind(context, { sees: () => true }, 'waste');
  const read = all.slice(0, apiLimits.containersMax);
  for (const portion of portionsOf(read, apiLimits.containersAtOnce)) yield histories.look(portion);
}

function overview(app: Api, containers: Containers): void {
  app.route({
    method: 'GET',
    url: '/api/v1/waste',
    schema: {
      operationId: 'waste',
      tags: [tags.waste],
      summary: 'Containers: fill, rate, time to their levels; and their streams',
      querystring: Query,
      response: { 200: Waste },
    },
    serializerCompiler: whole,
    onRequest: readers(containers.context),
    handler: async ({ query, caller }) => {
      const { rows, leftOut, pending } = await rowsOf(containers, caller, query);
      const now = containers.context.deps.clock();
      return { now, containers: rows, leftOut, pending, streams: streamsOf(rows) } satisfies Waste;
    },
  });
}

function collecting(app: Api, containers: Containers): void {
  app.route({
    method: 'GET',
    url: '/api/v1/waste/collection',
    schema: {
      operationId: 'wasteCollection',
      tags: [tags.waste],
      summary: 'What to collect now or within a horizon, by stream, in the order of driving',
      querystring: CollectionQuery,
      response: {
        200: {
          description: 'The list',
          content: {
            'application/json': { schema: Collection },
            'text/csv': { schema: z.string() },
          },
        },
      },
    },
    serializerCompiler: whole,
    onRequest: readers(containers.context),
    handler: async ({ query, caller }, reply) => {
      const { horizonHours, format, ...asked } = query;
      // A file cannot be looked at again: it waits until nothing is missing.
      const isWhole = format === 'csv';
      const { rows, devices, ...counts } = await rowsOf(containers, caller, { ...asked, isWhole });
      const stops = rows.map((row, index) =>
        stopOf(containers.context, caller, row, devices[index] as Device),
      );
      const now = containers.context.deps.clock();
      const streams = collectionList(stops, { horizonHours });
      const list = { now, horizonHours, ...counts, streams };
      if (format === 'json') return reply.type('application/json').send(list);
      return reply
        .type('text/csv; charset=utf-8; header=present')
        .header('content-disposition', 'attachment; filename="collection.csv"')
        .send([...collectionCsv(list)].join(''));
    },
  });
}

function history(app: Api, { context, histories }: Containers): void {
  const gate = createGate(apiLimits.containerReadsMax);
  app.route({
    method: 'GET',
    url: '/api/v1/devices/:provider/:device/waste',
    schema: {
      operationId: 'containerHistory',
      tags: [tags.waste],
      summary: 'What happened to a container in the last 30 days, and how it will fill',
      params: z.object({ provider: Id, device: Id }),
      response: { 200: ContainerHistory },
    },
    onRequest: readers(context),
    handler: async ({ params, caller }) => {
      const key = deviceKey(params.provider, params.device);
      const device = findVisible(context, audienceOf(caller, context.config.publicRead), key);
      if (device?.kind !== 'waste') throw new ApiError('not-found');
      const { events, filled } = await gate(async () => ({
        events: await readEvents(context, device),
        filled: await histories.one(device),
      }));
      const now = context.deps.clock();
      const reports = context.deps.collections?.of(key) ?? [];
      const { rate } = filled;
      return {
        device: key,
        ...events,
        ratePercentPerDay: rate && rate.perHour * 24,
        line: fittedLine(rate, now),
        reports: mayReport(caller, device.provider) ? [...reports] : [],
      };
    },
  });
}

function reporting(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/waste/collections',
    schema: {
      operationId: 'reportCollection',
      tags: [tags.waste],
      summary: 'What a crew found at a container; kept on disk before this is answered',
      body: CollectionReport,
      response: { 201: KeptCollection },
    },
    onRequest: only('provider', 'operator', 'admin'),
    handler: async ({ body, caller }, reply) => {
      const { config, deps } = context;
      const device = findVisible(context, audienceOf(caller, config.publicRead), body.device);
      if (!device) throw new ApiError('not-found');
      if (!mayReport(caller, device.provider)) throw new ApiError('forbidden');
      if (device.kind !== 'waste') {
        throw new ApiError('invalid-request', `device: must be a container, got ${device.kind}`);
      }
      if (!deps.collections) throw new ApiError('not-found', 'no reports are kept here');
      const by = caller.account ? accountName(caller.account).slice(0, 200) : 'public';
      const kept: KeptCollection = { ...body, at: deps.clock(), by };
      await deps.collections.add(kept);
      return reply.code(201).send(kept);
    },
  });
}

/** The rows of the containers that are asked for, with what is read by now of them. @throws StoreUnavailable */
async function rowsOf(
  { context, watch, histories, gate }: Containers,
  caller: Caller,
  { stream, provider, isWhole = false }: Query & { isWhole?: boolean },
): Promise<{ devices: Device[]; rows: ContainerRow[]; leftOut: number; pending: number }> {
  const audience = audienceOf(caller, context.config.publicRead);
  const all = visibleOfKind(context, audience, 'waste').filter(
    (device) =>
      (provider === undefined || device.provider === provider) &&
      (stream === undefined || containerParameters(device.container).stream === stream),
  );
  const devices = all.slice(0, apiLimits.containersMax);
  const found = await gate(async () => {
    const look = histories.look(devices);
    if (isWhole) await look.whole;
    return (await whatIsThere([look], context.deps.historyWaitMs))[0] ?? [];
  });
  const rows = devices.map((device, index) =>
    containerRow(context, device, { watch, history: found[index] }),
  );
  const pending = found.filter((history) => history === undefined).length;
  return { devices, rows, leftOut: all.length - devices.length, pending };
}

function stopOf(
  { deps }: Context,
  caller: Caller,
  row: ContainerRow,
  { provider, name, district, location }: Device,
): CollectionStop {
  const since = deps.clock() - historyMs;
  const newest = mayReport(caller, provider) ? deps.collections?.of(row.device)[0] : undefined;
  return {
    ...row,
    ...(name === undefined ? {} : { name }),
    ...(district === undefined ? {} : { district }),
    ...(location ? { location } : {}),
    reported: newest && newest.at >= since ? newest : null,
  };
}

function streamsOf(rows: readonly ContainerRow[]): Waste['streams'] {
  const streams = new Map<WasteStream, ContainerRow[]>();
  for (const row of rows) {
    const own = streams.get(row.stream);
    if (own) own.push(row);
    else streams.set(row.stream, [row]);
  }
  return [...streams]
    .sort(([a], [b]) => wasteStreams.indexOf(a) - wasteStreams.indexOf(b))
    .map(([stream, own]) => ({
      stream,
      containers: own.length,
      due: own.filter(({ toCollect }) => toCollect?.hours === 0).length,
      overflow: own.filter(({ state }) => state === 'overflow').length,
      noData: own.filter(({ fillPercent }) => fillPercent === null).length,
      volumeL: volumeOf(own),
    }));
}

/** Fill times capacity, as of straight walls. Null: of no container both are known. */
function volumeOf(rows: readonly ContainerRow[]): number | null {
  const known = rows.flatMap(({ fillPercent, capacityL }) =>
    fillPercent === null || capacityL === null ? [] : (fillPercent / 100) * capacityL,
  );
  return known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : null;
}
