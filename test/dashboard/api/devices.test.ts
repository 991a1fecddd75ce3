import { describe, expect, test } from 'vitest';
import { DeviceList, DeviceView } from '../../../broker/contract/api.ts';
import { DeviceFeatures } from '../../../dashboard/api/device-view.ts';
import { adminToken, startTestApi, testNow } from './support/test-api.ts';

const keysOf = (list: unknown) => DeviceList.parse(list).devices.map(({ key }) => key);

describe('listing devices', () => {
  test('refuses filters that cannot be understood, and says what was got', async () => {
    const { ask } = await startTestApi();
    const wrong = [
      'kind=submarine',
      'status=fine',
      'bbox=1,2,3',
      'bbox=10,48,9,49',
      'bbox=9,48,10,NaN',
      'bbox=,,,',
      'limit=0',
      'limit=10001',
      'limit=1e9',
      'offset=-1',
      'kind=air&kind=light',
      'provider=../../etc',
      'nonsense=1',
      `q=${'x'.repeat(101)}`,
    ];
    for (const query of wrong) {
      const answer = await ask({ url: `/api/v1/devices?${query}` });
      expect(answer.statusCode, query).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ status: 400, code: 'invalid-request' });
      expect(answer.json().errors[0].message).toContain(', got ');
    }
  });

  test('shows the public what is public, a provider also its own, operators all', async () => {
    const { ask } = await startTestApi();
    const seenBy = async (as: 'public' | 'provider' | 'device' | 'operator' | 'admin') =>
      keysOf((await ask({ url: '/api/v1/devices', as })).json());
    expect(await seenBy('public')).toEqual(['koeln/l1', 'ulm/a1']);
    expect(await seenBy('device')).toEqual(['koeln/l1', 'ulm/a1', 'ulm/secret']);
    expect(await seenBy('provider')).toEqual(['koeln/l1', 'ulm/a1', 'ulm/secret']);
    expect(await seenBy('operator')).toEqual(['koeln/hidden', 'koeln/l1', 'ulm/a1', 'ulm/secret']);
    expect(await seenBy('admin')).toHaveLength(4);
  });

  test('filters by kind, provider, status, place and text; empty filters ask for nothing', async () => {
    const { ask } = await startTestApi();
    const found = async (query: string) =>
      keysOf((await ask({ url: `/api/v1/devices?${query}`, as: 'admin' })).json());
    expect(await found('kind=air')).toEqual(['ulm/a1']);
    expect(await found('provider=koeln')).toEqual(['koeln/hidden', 'koeln/l1']);
    expect(await found('status=ok')).toEqual(['ulm/a1', 'ulm/secret']);
    expect(await found('status=offline')).toEqual(['koeln/l1']);
    expect(await found('status=never')).toEqual(['koeln/hidden']);
    expect(await found('bbox=9.9,48.39,9.995,48.4')).toEqual(['ulm/a1']);
    expect(await found(`q=${encodeURIComponent('MÜNSTER')}`)).toEqual(['ulm/a1']);
    expect(await found('kind=&provider=&status=&bbox=&q=')).toHaveLength(4);
    expect(await found('q=%00%F0%9F%92%A9%27%3B--')).toEqual([]);
  });

  test('pages, and tells the total', async () => {
    const { ask } = await startTestApi();
    const answer = await ask({ url: '/api/v1/devices?limit=1&offset=2', as: 'admin' });
    expect(keysOf(answer.json())).toEqual(['ulm/a1']);
    expect(answer.json().total).toBe(4);
  });

  test('gives GeoJSON where that is accepted, longitude first, null where the place is unknown', async () => {
    const { ask } = await startTestApi();
    const answer = await ask({
      url: '/api/v1/devices',
      headers: { accept: 'application/geo+json' },
    });
    expect(answer.headers['content-type']).toContain('application/geo+json');
    const { features, total } = DeviceFeatures.parse(answer.json());
    expect(total).toBe(2);
    expect(features.map(({ id }) => id)).toEqual(['koeln/l1', 'ulm/a1']);
    expect(features[0]?.geometry).toBeNull();
    expect(features[1]?.geometry).toEqual({ type: 'Point', coordinates: [9.991, 48.398] });
    expect(features[1]?.properties).toMatchObject({ kind: 'air', status: 'ok' });
  });

  test('asks for a sign-in where the public may not read', async () => {
    const { ask } = await startTestApi({ config: { publicRead: false } });
    for (const url of ['/api/v1/devices', '/api/v1/latest', '/api/v1/live', '/api/v1/providers']) {
      const answer = await ask({ url });
      expect(answer.statusCode, url).toBe(401);
      expect(answer.json().code).toBe('sign-in-required');
    }
    const own = await ask({ url: '/api/v1/devices', as: 'provider' });
    expect(keysOf(own.json())).toEqual(['ulm/a1', 'ulm/secret']);
    expect((await ask({ url: '/api/v1/site' })).statusCode).toBe(200);
  });
});

describe('one device', () => {
  test('does not exist for who may not see it', async () => {
    const { ask } = await startTestApi();
    for (const url of ['/api/v1/devices/ulm/secret', '/api/v1/devices/ulm/none']) {
      const answer = await ask({ url });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toEqual({
        type: 'about:blank',
        title: 'There is nothing here',
        status: 404,
        code: 'not-found',
      });
    }
  });

  test('is shown with how it stands', async () => {
    const { ask } = await startTestApi();
    const answer = await ask({ url: '/api/v1/devices/ulm/a1' });
    expect(DeviceView.parse(answer.json())).toMatchObject({
      key: 'ulm/a1',
      status: 'ok',
      lastSeenAt: testNow - 60_000,
      expectedIntervalMs: 150_000,
      metrics: ['pm10', 'temperature'],
    });
  });

  test('follows its own word and the feed', async () => {
    const { ask, registry, feed, time } = await startTestApi();
    const status = async () => (await ask({ url: '/api/v1/devices/ulm/a1' })).json().status;
    time.now += 600_000;
    expect(await status()).toBe('stale');
    feed.say('ulm/a1', time.now, { pm10: 5 });
    expect(await status()).toBe('ok');
    await registry.putReportedStatus('ulm/a1', { online: false, at: time.now + 1 });
    expect(await status()).toBe('offline');
  });
});

describe('registering a device', () => {
  const register = { method: 'POST', url: '/api/v1/devices' } as const;

  test('refuses what is not a device', async () => {
    const { ask } = await startTestApi();
    const wrong = [
      { provider: 'ulm' },
      { provider: 'ulm', id: 'a b' },
      { provider: 'live', id: 'x' },
      { provider: 'ulm', id: 'x', kind: 'submarine' },
      { provider: 'ulm', id: 'x', location: { lat: 91, lon: 0 } },
      { provider: 'ulm', id: 'x', pubic: true },
      { provider: 'ulm', id: 'x', intervalMs: 1 },
      [],
      null,
      'text',
    ];
    for (const payload of wrong) {
      const answer = await ask({
        ...register,
        payload: JSON.stringify(payload),
        headers: { 'content-type': 'application/json' },
        as: 'admin',
      });
      expect(answer.statusCode, JSON.stringify(payload)).toBe(400);
      expect(answer.json().code).toBe('invalid-request');
    }
    const latitude = await ask({
      ...register,
      payload: { provider: 'ulm', id: 'x', location: { lat: 91, lon: 0 } },
      as: 'admin',
    });
    expect(latitude.json().errors).toEqual([
      { field: 'location.lat', message: expect.stringMatching(/<=90, got 91$/) },
    ]);
  });

  test('refuses one that exists, an unknown provider, and a foreign provider', async () => {
    const { ask } = await startTestApi();
    const known = await ask({ ...register, payload: { provider: 'ulm', id: 'a1' }, as: 'admin' });
    expect([known.statusCode, known.json().code]).toEqual([409, 'exists']);
    const nobody = await ask({ ...register, payload: { provider: 'no', id: 'x' }, as: 'admin' });
    expect([nobody.statusCode, nobody.json().code]).toEqual([422, 'unknown-provider']);
    const foreign = {
      ...register,
      payload: { provider: 'koeln', id: 'x' },
      as: 'provider' as const,
    };
    expect((await ask(foreign)).statusCode).toBe(403);
  });

  test('lets only one of two at once succeed', async () => {
    const { ask } = await startTestApi();
    const payload = { provider: 'ulm', id: 'twin' };
    const answers = await Promise.all([1, 2].map(() => ask({ ...register, payload, as: 'admin' })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
  });

  test('shows a token that works, and private by default', async () => {
    const { ask, registry } = await startTestApi();
    const payload = { provider: 'ulm', id: 'new', kind: 'air', name: '  Roof  ' };
    const answer = await ask({ ...register, payload, as: 'provider' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers.location).toBe('/api/v1/devices/ulm/new');
    const { token, ...view } = answer.json();
    expect(view).toMatchObject({ key: 'ulm/new', name: 'Roof', public: false, status: 'never' });
    expect(registry.accountOf(token)).toEqual({ kind: 'device', device: 'ulm/new' });
    expect((await ask({ url: '/api/v1/devices/ulm/new' })).statusCode).toBe(404);
  });
});

describe('changing and removing a device', () => {
  const url = '/api/v1/devices/ulm/a1';

  test('changes what is given, takes away what is null, and leaves the rest', async () => {
    const { ask, registry } = await startTestApi();
    const payload = { name: null, district: 'Mitte' };
    const answer = await ask({ method: 'PATCH', url, payload, as: 'provider' });
    expect(answer.statusCode).toBe(200);
    expect(registry.device('ulm/a1')).toEqual({
      provider: 'ulm',
      id: 'a1',
      kind: 'air',
      public: true,
      location: { lat: 48.398, lon: 9.991 },
      district: 'Mitte',
      createdAt: testNow - 86_400_000,
    });
  });

  test('does not let it move to another provider or id', async () => {
    const { ask } = await startTestApi();
    for (const payload of [{ id: 'a2' }, { provider: 'koeln' }, { createdAt: 1 }, { kind: null }]) {
      const answer = await ask({ method: 'PATCH', url, payload, as: 'admin' });
      expect(answer.statusCode).toBe(400);
    }
  });

  test('ends the old token when it is rotated, and all when it is removed', async () => {
    const { ask, registry } = await startTestApi();
    const first = (await ask({ method: 'POST', url: `${url}/token`, as: 'provider' })).json().token;
    const second = (await ask({ method: 'POST', url: `${url}/token`, as: 'admin' })).json().token;
    expect(registry.accountOf(first)).toBeUndefined();
    expect(registry.accountOf(second)).toEqual({ kind: 'device', device: 'ulm/a1' });
    const removed = await ask({ method: 'DELETE', url, as: 'provider' });
    expect([removed.statusCode, removed.body]).toEqual([204, '']);
    expect(registry.accountOf(second)).toBeUndefined();
    expect((await ask({ url })).statusCode).toBe(404);
    const latest = await ask({ url: '/api/v1/latest' });
    expect(latest.json().columns.device).toEqual(['koeln/l1']);
  });
});

describe('providers and operators', () => {
  test('are registered once, with a token that works', async () => {
    const { ask, registry } = await startTestApi();
    const request = { method: 'POST', url: '/api/v1/providers', as: 'admin' } as const;
    const made = await ask({ ...request, payload: { id: 'bcn', name: 'Barcelona' } });
    expect(made.statusCode).toBe(201);
    expect(registry.accountOf(made.json().token)).toEqual({ kind: 'provider', provider: 'bcn' });
    const again = await ask({ ...request, payload: { id: 'bcn', name: 'Barcelona' } });
    expect(again.statusCode).toBe(409);
    const reserved = await ask({ ...request, payload: { id: 'admin', name: 'x' } });
    expect(reserved.json().errors[0]).toEqual({ field: 'id', message: 'is reserved, got "admin"' });
    const none = await ask({ ...request, url: '/api/v1/providers/none/token' });
    expect(none.statusCode).toBe(404);
    const rotated = await ask({ ...request, url: '/api/v1/providers/bcn/token' });
    expect(rotated.statusCode).toBe(201);
    expect(registry.accountOf(made.json().token)).toBeUndefined();
  });

  test('are listed with as many devices as the caller may see', async () => {
    const { ask, registry } = await startTestApi();
    await registry.putProvider({ id: 'quiet', name: 'Quiet', createdAt: 1, open: false });
    const counts = async (as: 'public' | 'provider' | 'operator') => {
      const { providers } = (await ask({ url: '/api/v1/providers', as })).json();
      return Object.fromEntries(
        providers.map(({ id, devices }: { id: string; devices: number }) => [id, devices]),
      );
    };
    expect(await counts('public')).toEqual({ ulm: 1, koeln: 1 });
    expect(await counts('provider')).toEqual({ ulm: 2, koeln: 1 });
    expect(await counts('operator')).toEqual({ ulm: 2, koeln: 2, quiet: 0 });
  });

  test('an operator gets a token of that role', async () => {
    const { ask } = await startTestApi();
    const made = await ask({
      method: 'POST',
      url: '/api/v1/operators',
      payload: { name: 'Grace' },
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(made.statusCode).toBe(201);
    const headers = { authorization: `Bearer ${made.json().token}` };
    const who = await ask({ url: '/api/v1/session', headers });
    expect(who.json()).toEqual({ role: 'operator', name: 'Grace' });
  });
});
