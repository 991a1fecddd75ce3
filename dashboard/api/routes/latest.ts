import { z } from 'zod';
import { Latest } from '../../../broker/contract/api.ts';
import { DeviceKind } from '../../../broker/contract/device.ts';
import { DeviceKey, Id } from '../../../broker/contract/ids.ts';
import { MetricName } from '../../../broker/contract/metrics.ts';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import type { LiveDevice } from '../live/live-state.ts';
import { tags, whole } from '../openapi.ts';

const Query = z.strictObject({
  kind: DeviceKind.optional(),
  provider: Id.optional(),
  device: DeviceKey.optional(),
  metric: MetricName.optional(),
});

/** `GET /api/v1/latest`: the newest value of every series, out of memory. */
export function latestRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/latest',
    schema: {
      operationId: 'latest',
      tags: [tags.readings],
      summary: 'Newest value of every metric of every device, as columns',
      querystring: Query,
      response: { 200: Latest },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const columns: Latest['columns'] = { device: [], metric: [], at: [], value: [], flag: [] };
      for (const device of candidates(context, query.device)) {
        const { description } = device;
        if (!description || !audience.sees(description)) continue;
        if (query.kind !== undefined && description.kind !== query.kind) continue;
        if (query.provider !== undefined && description.provider !== query.provider) continue;
        append(columns, device, query.metric);
      }
      return { columns };
    },
  });
}

function candidates({ state }: Context, key: DeviceKey | undefined): Iterable<LiveDevice> {
  if (key === undefined) return state.devices();
  const device = state.device(key);
  return device ? [device] : [];
}

function append(
  columns: Latest['columns'],
  device: LiveDevice,
  metric: MetricName | undefined,
): void {
  for (const slot of device.slots.values()) {
    if (metric !== undefined && slot.metric !== metric) continue;
    columns.device.push(device.key);
    columns.metric.push(slot.metric);
    columns.at.push(slot.at);
    columns.value.push(slot.value);
    columns.flag.push(slot.flag);
  }
}
