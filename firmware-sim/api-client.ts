import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { RegisteredProvider } from '../broker/contract/api.ts';
import { DeviceDescription } from '../broker/contract/device.ts';
import type { DeviceKey } from '../broker/contract/ids.ts';
import type { MetricName } from '../broker/contract/metrics.ts';
import { RawColumns } from '../broker/contract/series.ts';
import type { PlannedDevice } from './fleet.ts';

/** What the simulator asks of the platform's HTTP API. */
export interface ApiClient {
  /** Makes a provider, or a new token for the one that is there. */
  provideToken(provider: { id: string; name: string }): Promise<string>;
  /** Registers a device; of one that is there only what screens and rules need is brought up to date. */
  putDevice(device: PlannedDevice): Promise<'created' | 'kept' | 'changed'>;
  /** Raw rows of a series in `[from, to)`. */
  raw(
    device: DeviceKey,
    metric: MetricName,
    span: { from: number; to: number },
  ): Promise<RawColumns>;
}

/** The API answered with something else than what was asked for, or not at all. */
export class ApiFailure extends Error {
  readonly code = 'api-failure';
}

const requestMs = 15_000;
const RawSeries = z.object({ columns: RawColumns });

export function createApiClient(baseUrl: string, adminToken: string): ApiClient {
  const call = async (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<Response> => {
    try {
      return await fetch(new URL(path, baseUrl), {
        method,
        headers: {
          authorization: `Bearer ${adminToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(requestMs),
      });
    } catch (cause) {
      throw new ApiFailure(`${method} ${baseUrl}${path} got no answer`, { cause });
    }
  };

  return {
    provideToken: async (provider) => {
      const made = await call('POST', '/api/v1/providers', provider);
      const answer =
        made.status === 409 ? await call('POST', `/api/v1/providers/${provider.id}/token`) : made;
      return RegisteredProvider.pick({ token: true }).parse(await expectJson(answer)).token;
    },
    putDevice: async (device) => {
      const answer = await call('POST', '/api/v1/devices', descriptionOf(device));
      if (answer.status !== 409) {
        await expectJson(answer);
        return 'created';
      }
      await answer.body?.cancel();
      const path = `/api/v1/devices/${device.key}`;
      const wanted = makeUpOf(device);
      const known = MakeUp.parse(await expectJson(await call('GET', path)));
      if (isDeepStrictEqual(known, MakeUp.parse(wanted))) return 'kept';
      await expectJson(await call('PATCH', path, wanted));
      return 'changed';
    },
    raw: async (device, metric, { from, to }) => {
      const query = new URLSearchParams({
        device,
        metric,
        from: String(from),
        to: String(to),
        resolution: 'raw',
      });
      return RawSeries.parse(await expectJson(await call('GET', `/api/v1/series?${query}`)))
        .columns;
    },
  };
}

/** What a device hangs on and is made of. */
const MakeUp = DeviceDescription.pick({ group: true, lamp: true, container: true });

function makeUpOf({ group, lamp, container }: PlannedDevice): z.infer<typeof MakeUp> {
  return {
    ...(group === undefined ? {} : { group }),
    ...(lamp ? { lamp } : {}),
    ...(container ? { container } : {}),
  };
}

function descriptionOf(device: PlannedDevice): Record<string, unknown> {
  const { provider, id, kind, name, location, expectedIntervalMs, model, district } = device;
  const intervalMs = expectedIntervalMs;
  const station = device.station ? { station: device.station } : {};
  return {
    provider,
    id,
    kind,
    name,
    location,
    intervalMs,
    model,
    district,
    public: true,
    ...makeUpOf(device),
    ...station,
  };
}

async function expectJson(answer: Response): Promise<unknown> {
  if (answer.ok) return answer.json();
  // A problem document says what is wrong in a sentence; it carries no secret of ours.
  const detail = (await answer.text()).slice(0, 300);
  throw new ApiFailure(`${answer.url} answered ${answer.status}: ${detail}`);
}
