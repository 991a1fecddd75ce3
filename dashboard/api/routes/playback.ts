import { z } from 'zod';
import { type DeviceKind, deviceKinds } from '../../../broker/contract/device.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { Playback, playbackHoursMax, playbackMetrics } from '../../../broker/contract/playback.ts';
import { tierWidthMs } from '../../../broker/contract/windows.ts';
import { readRollupsOfMany } from '../../../ingest/store/read-of-many.ts';
import { type Audience, audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { epochOf } from '../live/live-frames.ts';
import type { Slot } from '../live/live-state.ts';
import { tags, whole } from '../openapi.ts';
import { playbackFrames } from '../playback-frames.ts';

const hourMs = tierWidthMs['1h'];

const Query = z.strictObject({
  from: Instant.optional().describe('default: 24 h before `to`; cut to whole hours'),
  to: Instant.optional().describe('default: now; the running hour is not in it'),
  kind: z.enum(deviceKinds).optional(),
});

/** `GET /api/v1/playback`: what the map showed, hour by hour. */
export function playbackRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.playbacksMax);
  app.route({
    method: 'GET',
    url: '/api/v1/playback',
    schema: {
      operationId: 'playback',
      tags: [tags.readings],
      summary: 'Past hours of all devices in the format of the live stream',
      querystring: Query,
      response: { 200: Playback },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const span = spanOf(query, context.deps.clock());
      const slots = slotsOf(context, audience, query.kind);
      return gate(() => play(context, slots, { ...span, epoch: epochOf(context.state, audience) }));
    },
  });
}

function spanOf(query: z.output<typeof Query>, now: number): { from: number; to: number } {
  const to = Math.floor((query.to ?? now) / hourMs) * hourMs;
  const from = Math.floor((query.from ?? to - 24 * hourMs) / hourMs) * hourMs;
  if (from >= to) throw new ApiError('invalid-request', 'from must be at least an hour before to');
  if (to - from > playbackHoursMax * hourMs)
    throw new ApiError('invalid-request', `at most ${playbackHoursMax} hours at once`);
  return { from, to };
}

/** What tells how devices stand, of those that the audience may see. */
function slotsOf({ state }: Context, audience: Audience, kind: DeviceKind | undefined): Slot[] {
  const slots: Slot[] = [];
  for (const { description, isDeleted, slots: ofDevice } of state.devices()) {
    if (!description || isDeleted || !audience.sees(description)) continue;
    if (kind !== undefined && description.kind !== kind) continue;
    for (const metric of playbackMetrics[description.kind]) {
      const slot = ofDevice.get(metric);
      if (slot) slots.push(slot);
    }
  }
  if (slots.length > apiLimits.playbackSeriesMax) {
    const detail = `${slots.length} series, ${apiLimits.playbackSeriesMax} at most: ask for one kind of devices`;
    throw new ApiError('query-too-large', detail);
  }
  return slots;
}

async function play(
  { deps }: Context,
  slots: readonly Slot[],
  span: { from: number; to: number; epoch: string },
): Promise<Playback> {
  const { from, to } = span;
  const rows = await readRollupsOfMany(deps.store, '1h', {
    series: slots.map(({ owner, metric }) => ({ device: owner.key, metric })),
    from,
    to,
    rowsMax: Math.max(1, slots.length) * playbackHoursMax,
  });
  const series = slots.map((slot, index) => ({ slot, rows: rows[index] }));
  return { from, to, stepMs: hourMs, frames: playbackFrames(series, span) };
}
