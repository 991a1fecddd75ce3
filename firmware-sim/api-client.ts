import { z } from 'zod';
import { RegisteredProvider } from '../broker/contract/api.ts';
import type { DeviceKey } from '../broker/contract/ids.ts';
import type { MetricName } from '../broker/contract/metrics.ts';
import { RawColumns } from '../broker/contract/series.ts';
import type { PlannedDevice } from './fleet.ts';

/** What the simulator asks of the platform's HTTP API. */
export interface ApiClient {
  /** Makes a provider, or a new token for the one that is there. */
  provideToken(provider: { id: string; name: string }): Promise<string>;
  /** Registers a device; one that is there stays as it is. */
  putDevice(device: PlannedDevice): Promise<'created' | 'kept'>;
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
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> => {
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
      if (answer.status !== 409) await expectJson(answer);
      else await answer.body?.cancel();
      return answer.status === 409 ? 'kept' : 'created';
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
    ...station,
  };
}

async function expectJson(answer: Response): Promise<unknown> {
  if (answer.ok) return answer.json();
  // A problem document says what is wrong in a sentence; it carries no secret of ours.
  const detail = (await answer.text()).slice(0, 300);
  throw new ApiFailure(`${answer.url} answered ${answer.status}: ${detail}`);
}
