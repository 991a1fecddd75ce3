import { z } from 'zod';
import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import {
  DeviceDiagnostics,
  type diagnosticsGaps,
  type MessageTrace,
} from '../../../broker/contract/diagnostics.ts';
import { type DeviceKey, deviceKey, Id } from '../../../broker/contract/ids.ts';
import { audienceOf, type Caller, mayDiagnose } from '../access.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { type LiveDevice, lastSeenAt } from '../live/live-state.ts';
import { tags } from '../openapi.ts';
import { shown } from './rejections.ts';

const Params = z.object({ provider: Id, device: Id });

/** `GET /api/v1/devices/<provider>/<device>/diagnostics`: does it work, and if not, why not. */
export function diagnosticsRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/devices/:provider/:device/diagnostics',
    schema: {
      operationId: 'getDeviceDiagnostics',
      tags: [tags.devices],
      summary: 'Last messages, rejections and refusals of a device; for who may write for it',
      params: Params,
      response: { 200: DeviceDiagnostics },
    },
    onRequest: async ({ caller }) => {
      if (!caller.account) throw new ApiError('sign-in-required');
    },
    handler: async ({ caller, params }) => {
      const key = deviceKey(params.provider, params.device);
      const device = context.deps.registry.device(key);
      if (device && !audienceOf(caller, context.config.publicRead).sees(device))
        throw new ApiError('not-found');
      if (!mayDiagnose(caller, key)) throw new ApiError(device ? 'forbidden' : 'not-found');
      const found = diagnosticsOf(context, { key, device, caller });
      const heardOf = found.messages.length + found.rejections.length > 0;
      if (!device && !heardOf) throw new ApiError('not-found');
      return found;
    },
  });
}

interface Asked {
  key: DeviceKey;
  device: Device | undefined;
  caller: Caller;
}

function diagnosticsOf({ deps, state }: Context, { key, device, caller }: Asked) {
  const messages = deps.traces?.of(key) ?? [];
  const live = state.device(key);
  const reported = state.reportedStatus(key);
  const clock = clockOf(messages);
  const { diagnosedRejectionsMax: limit } = apiLimits;
  const unknown: (typeof diagnosticsGaps)[number][] = [];
  if (!deps.traces) unknown.push('messages-elsewhere');
  if (!deps.refusals) unknown.push('refusals-elsewhere');
  return {
    device: key,
    now: deps.clock(),
    registered: device !== undefined,
    unknown,
    messages,
    rejections: deps.rejections.list({ device: key, limit }).map(shown),
    refusals: [key, ...providerOf(caller, key)].flatMap((one) => deps.refusals?.of(one) ?? []),
    ...(device ? scheduleOf(device, live) : {}),
    ...(reported ? { reported } : {}),
    signal: signalOf(live),
    ...(clock ? { clock } : {}),
  };
}

/** The provider's own refusals may tell of its other devices: no concern of a single device's token. */
function providerOf({ device }: Caller, key: DeviceKey): string[] {
  return device === undefined ? [key.slice(0, key.indexOf('/'))] : [];
}

function scheduleOf(device: Device, live: LiveDevice | undefined) {
  const interval = expectedIntervalMs(device);
  const estimated = device.estimatedIntervalMs === undefined ? 'kind' : 'estimated';
  const seenAt = lastSeenAt(live);
  return {
    expectedIntervalMs: interval,
    intervalFrom: device.intervalMs === undefined ? estimated : ('registered' as const),
    ...(seenAt === undefined ? {} : { lastSeenAt: seenAt, nextDueAt: seenAt + interval }),
  } as const;
}

function signalOf(live: LiveDevice | undefined): DeviceDiagnostics['signal'] {
  const [rssi, snr] = (['rssi', 'snr'] as const).map((metric) => {
    const slot = live?.slots.get(metric);
    return slot && { value: slot.value, at: slot.at };
  });
  return { ...(rssi ? { rssi } : {}), ...(snr ? { snr } : {}) };
}

/** The least delay of a newest reading: what was buffered comes later, nothing comes before it was measured. */
function clockOf(messages: readonly MessageTrace[]): DeviceDiagnostics['clock'] {
  const delays = messages
    .filter(({ accepted, acceptedCount }) => acceptedCount > 0 && acceptedCount === accepted.length)
    .filter(({ untimedCount }) => untimedCount === 0)
    .map(({ receivedAt, accepted }) => receivedAt - Math.max(...accepted.map(({ at }) => at)));
  if (delays.length === 0) return undefined;
  return { behindMs: Math.min(...delays), messages: delays.length };
}
