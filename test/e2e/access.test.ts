import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

/** Within this time after the answer everything that an ended token had opened must be closed. */
const endsWithinMs = 1_000;

const clients: MqttClient[] = [];

async function mqtt(platform: Platform, username: string, password: string): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    username,
    password,
    reconnectPeriod: 0,
  });
  clients.push(client);
  client.on('error', () => {});
  return client;
}

/** A live stream; `ended` turns true when the platform closes it. */
async function stream(platform: Platform, headers: Record<string, string>) {
  const response = await fetch(`${platform.url}/api/v1/live`, { headers });
  expect(response.status).toBe(200);
  const state = { ended: false };
  void (async () => {
    try {
      for await (const _chunk of response.body ?? []);
    } catch {
      // Cut off rather than ended: closed all the same.
    }
    state.ended = true;
  })();
  return state;
}

async function signIn(platform: Platform, token: string): Promise<{ cookie: string }> {
  const answer = await platform.api('/api/v1/session', {
    method: 'POST',
    body: JSON.stringify({ token }),
    token: undefined,
  });
  expect(answer.status).toBe(200);
  return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

const roleOf = async (platform: Platform, headers: Record<string, string>) =>
  ((await (await fetch(`${platform.url}/api/v1/session`, { headers })).json()) as { role: string })
    .role;

const post = (platform: Platform, path: string, body?: object) =>
  platform.api(path, { method: 'POST', ...(body ? { body: JSON.stringify(body) } : {}) });

describe('access that ends', () => {
  let platform: Platform;
  let provider: string;
  beforeAll(async () => {
    platform = await startPlatform({ env: { ENROLMENT: 'closed' } });
    provider = await platform.provider('ulm');
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)));
    await platform?.stop();
  });

  it('closes MQTT connection, live stream and session within a second of a new token', async () => {
    const client = await mqtt(platform, 'ulm', provider);
    const bySession = await signIn(platform, provider);
    const live = await stream(platform, { authorization: `Bearer ${provider}` });
    const liveBySession = await stream(platform, bySession);
    expect(await roleOf(platform, bySession)).toBe('provider');

    const answer = await post(platform, '/api/v1/providers/ulm/token');
    expect(answer.status).toBe(201);
    await Promise.all([
      until('MQTT to be closed', () => !client.connected, endsWithinMs),
      until('the stream to end', () => live.ended, endsWithinMs),
      until('the stream of the session to end', () => liveBySession.ended, endsWithinMs),
    ]);
    expect(await roleOf(platform, bySession)).toBe('public');
    await expect(mqtt(platform, 'ulm', provider)).rejects.toThrow();
    provider = ((await answer.json()) as { token: string }).token;
    await mqtt(platform, 'ulm', provider);
  });

  it('closes a device whose token is revoked, and lets it in again with a new one', async () => {
    const made = await post(platform, '/api/v1/devices', { provider: 'ulm', id: 'd1' });
    const { token } = (await made.json()) as { token: string };
    const client = await mqtt(platform, 'ulm/d1', token);
    const path = '/api/v1/devices/ulm/d1/token';
    expect((await platform.api(path, { method: 'DELETE' })).status).toBe(204);
    await until('MQTT to be closed', () => !client.connected, endsWithinMs);
    await expect(mqtt(platform, 'ulm/d1', token)).rejects.toThrow();
    const next = (await (await post(platform, path)).json()) as { token: string };
    expect((await mqtt(platform, 'ulm/d1', next.token)).connected).toBe(true);
  });

  it('is in the audit log, whose chain is whole', async () => {
    const { entries, chain } = await platform.json<{
      entries: { actor: string; action: string; object?: string }[];
      chain: { whole: boolean };
    }>('/api/v1/audit?check=true');
    expect(chain.whole).toBe(true);
    const said = entries.map(({ actor, action, object }) => `${actor} ${action} ${object ?? ''}`);
    expect(said).toContain('admin revokeDeviceToken ulm/d1');
    expect(said).toContain('admin rotateProviderToken ulm');
    expect(said).toContain('provider:ulm signIn ');
  });
});

describe('a rejected message', () => {
  it('is stored once by a replay after the fix, however often it is replayed', async () => {
    const platform = await startPlatform({ env: { ENROLMENT: 'closed' } });
    try {
      const token = await platform.provider('ulm');
      const push = await platform.api('/api/v1/push/native?device=ulm/late', {
        method: 'POST',
        body: '{"pm10":12.5}',
        token,
      });
      expect(push.status).toBe(422);
      const open = () =>
        platform.json<{ rejections: { id: string; at: number }[] }>('/api/v1/rejections?open=true');
      const [message] = await until('it to be kept', async () => {
        const { rejections } = await open();
        return rejections.length === 1 && rejections;
      });
      if (!message) throw new Error('no message');
      const path = `/api/v1/rejections/${message.id}/replay`;
      const replay = () => platform.api(path, { method: 'POST', token });
      expect((await replay()).status).toBe(422);
      expect((await open()).rejections).toHaveLength(1);

      await post(platform, '/api/v1/devices', { provider: 'ulm', id: 'late' });
      for (let time = 0; time < 2; time++) {
        const answer = await replay();
        expect(await answer.json()).toEqual({ device: 'ulm/late', accepted: 1, rejected: [] });
      }
      expect((await open()).rejections).toEqual([]);
      await until('rest', async () => (await platform.metric('readings_duplicate_total')) === 1);
      expect(await platform.metric('readings_stored_total')).toBe(1);
      const series = await platform.json<{ columns: { at: number[]; value: number[] } }>(
        '/api/v1/series?device=ulm/late&metric=pm10&resolution=raw',
      );
      expect(series.columns).toMatchObject({ at: [message.at], value: [12.5] });
      const { rejections } = await platform.json<{ rejections: unknown[] }>('/api/v1/rejections');
      expect(rejections).toHaveLength(1);
    } finally {
      await platform.stop();
    }
  });
});
