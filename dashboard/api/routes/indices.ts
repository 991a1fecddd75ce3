import { z } from 'zod';
import { IndexScheme, Indices, type StationIndex } from '../../../broker/contract/air.ts';
import { type Device, DeviceKind } from '../../../broker/contract/device.ts';
import { DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import { isIndicative } from '../../../ingest/domain/air/air-index.ts';
import { cityIndex } from '../../../ingest/domain/air/city-index.ts';
import { hourMs } from '../../../ingest/domain/air/year-hours.ts';
import { type Audience, audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { DeviceFilter, findVisible, matches } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { type IndexHour, readStationIndices } from '../index-hours.ts';
import { IndexMemory } from '../index-memory.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

const Query = z.strictObject({
  device: DeviceKey.optional().describe('one device; without it, many'),
  kind: DeviceKind.default('air'),
  provider: DeviceFilter.shape.provider,
  bbox: DeviceFilter.shape.bbox,
  scheme: IndexScheme.default('EAQI-2024'),
  at: Instant.optional().describe(
    'within the hour that is asked for; default: of one device the running hour, of many the last whole one',
  ),
});
type Query = z.output<typeof Query>;

/** `GET /api/v1/indices`: the air-quality index of one or many devices at one hour. */
export function indicesRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.storeQueriesMax);
  const gateForMany = createGate(apiLimits.indexListsMax);
  const memory = new IndexMemory(context);
  app.route({
    method: 'GET',
    url: '/api/v1/indices',
    schema: {
      operationId: 'indices',
      tags: [tags.air],
      summary: 'Air-quality index by a versioned scheme, of hourly means; and the worst of all',
      querystring: Query,
      response: { 200: Indices },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const hour = hourOf(query, context.deps.clock());
      if (query.device !== undefined) {
        const device = findVisible(context, audience, query.device);
        if (!device) throw new ApiError('not-found');
        const stations = await gate(() => readStationIndices(context, [device], hour));
        return answer(hour, stations, 1);
      }
      const devices = devicesAsked(context, audience, query);
      const chosen = devices.slice(0, apiLimits.indexDevicesMax);
      const stations = await gateForMany(() => memory.of(chosen, hour));
      return answer(hour, stations, devices.length);
    },
  });
}

function answer(hour: IndexHour, stations: StationIndex[], total: number): Indices {
  const { scheme, at, partial } = hour;
  return { scheme, at, partial, stations, city: cityIndex(stations), total };
}

function hourOf({ at, device, scheme }: Query, now: number): IndexHour {
  const running = windowStart('1h', now);
  const asked = at ?? (device === undefined ? running - 1 : now);
  const hour = windowStart('1h', asked);
  if (hour > running) throw new ApiError('invalid-request', 'at must not be in the future');
  const elapsedMs = Math.min(hourMs, now - hour);
  return { scheme, at: hour, partial: elapsedMs < hourMs, elapsedMs };
}

/** Visible devices by their keys, references first: at the bound those stay that count most. */
function devicesAsked(context: Context, audience: Audience, query: Query): Device[] {
  const { kind, provider, bbox } = query;
  const filter = { kind, ...(provider ? { provider } : {}), ...(bbox ? { bbox } : {}) };
  const rank = ({ station }: Device): number => (isIndicative(station?.method) ? 1 : 0);
  const keyOf = (device: Device): string => deviceKey(device.provider, device.id);
  return [...context.deps.registry.devices()]
    .filter((device) => audience.sees(device) && matches(device, filter, undefined))
    .sort((a, b) => rank(a) - rank(b) || (keyOf(a) < keyOf(b) ? -1 : 1));
}
