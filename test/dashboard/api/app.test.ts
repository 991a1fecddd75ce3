import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Site } from '../../../broker/contract/api.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { startTestApi } from './support/test-api.ts';

describe('answers that are not the one hoped for', () => {
  test('never show what went wrong inside', async () => {
    const { ask, registry } = await startTestApi();
    registry.devices = () => {
      throw new Error('secret path /etc/shadow');
    };
    const answer = await ask({ url: '/api/v1/devices' });
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Something went wrong here',
      status: 500,
      code: 'internal',
    });
  });

  test('have one form for bodies, paths and hosts that cannot be read', async () => {
    const { ask } = await startTestApi();
    const json = { 'content-type': 'application/json' };
    const post = { method: 'POST', url: '/api/v1/providers', as: 'admin' } as const;
    const cases = [
      [await ask({ ...post, headers: json, payload: '{"id":' }), 400, 'invalid-request'],
      [await ask({ ...post, headers: json, payload: '' }), 400, 'invalid-request'],
      [
        await ask({ ...post, headers: json, payload: '{"__proto__":{"a":1}}' }),
        400,
        'invalid-request',
      ],
      [await ask({ ...post, headers: json, payload: `"${'x'.repeat(70_000)}"` }), 413, 'too-large'],
      [
        await ask({ ...post, headers: { 'content-type': 'text/xml' }, payload: '<a/>' }),
        415,
        'unsupported-media-type',
      ],
      [await ask({ url: '/api/v1/devices/%zz/x' }), 400, 'invalid-request'],
      [await ask({ url: `/api/v1/devices/${'x'.repeat(300)}/y` }), 414, 'uri-too-long'],
      [
        await ask({ url: '/api/v1/devices', headers: { host: 'a b<script>' } }),
        400,
        'invalid-request',
      ],
      [await ask({ url: '/api/v1/nothing' }), 404, 'not-found'],
      [await ask({ method: 'PUT', url: '/api/v1/devices' }), 404, 'not-found'],
    ] as const;
    for (const [answer, status, code] of cases) {
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ status, code });
      expect(answer.statusCode).toBe(status);
    }
  });

  test('show a long value shortened and escaped', async () => {
    const { ask } = await startTestApi();
    const kind = `<script>"${'x'.repeat(500)}`;
    const answer = await ask({ url: `/api/v1/devices?kind=${encodeURIComponent(kind)}` });
    const [error] = answer.json().errors;
    expect(error.field).toBe('kind');
    expect(error.message).toMatch(/got "<script>\\"x+…$/);
    expect(error.message.length).toBeLessThan(250);
  });

  test('hostile query strings harm nothing', async () => {
    const { ask } = await startTestApi();
    const hostile = [
      '__proto__=1',
      '__proto__[kind]=air',
      'constructor=1',
      'q[]=1',
      'q=%',
      'q=%ff%fe',
      'kind[toString]=1',
      `${'a=1&'.repeat(3_000)}`,
      `q=${encodeURIComponent('(a+)+$'.repeat(10))}`,
      `bbox=${'1,'.repeat(90)}`,
      'limit=1e309',
      'offset=9007199254740993',
      'limit=0x10',
    ];
    for (const query of hostile) {
      const answer = await ask({ url: `/api/v1/devices?${query}` });
      expect([query.slice(0, 40), [200, 400].includes(answer.statusCode)]).toEqual([
        query.slice(0, 40),
        true,
      ]);
    }
    expect(({} as Record<string, unknown>).kind).toBeUndefined();
  });

  test('a request that is not HTTP closes its connection only', async () => {
    const { server, ask } = await startTestApi();
    const address = server.app.server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\x10\x0c\x00\x04MQTT\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask({ url: '/healthz' })).statusCode).toBe(200);
  });
});

describe('headers', () => {
  test('forbid whatever is not ours, on every answer', async () => {
    const { ask } = await startTestApi();
    for (const url of ['/', '/api/v1/site', '/api/v1/nothing', '/api/docs', '/metrics', '/x.js']) {
      const { headers } = await ask({ url, headers: { accept: 'text/html' } });
      expect(headers['content-security-policy'], url).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
          "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
  });

  test('allow images of the configured tiles, and of nobody else', async () => {
    const mapTiles = { url: 'https://{s}.tiles.example/{z}/{x}/{y}.png', attribution: 'Tiles' };
    const { ask } = await startTestApi({ config: { mapTiles } });
    const { headers } = await ask({ url: '/api/v1/site' });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("img-src 'self' data: https://*.tiles.example;");
    expect(policy.match(/tiles\.example/g)).toHaveLength(1);
  });

  test('let any page read what is public, and no page what needs credentials', async () => {
    const { ask } = await startTestApi();
    const origin = 'https://elsewhere.example';
    const allowed = async (options: Parameters<typeof ask>[0]) =>
      (await ask({ ...options, headers: { origin, ...options.headers } })).headers[
        'access-control-allow-origin'
      ];
    expect(await allowed({ url: '/api/v1/latest' })).toBe('*');
    expect(await allowed({ url: '/api/v1/latest', as: 'provider' })).toBeUndefined();
    expect(await allowed({ url: '/api/v1/latest', headers: { cookie: 'a=b' } })).toBeUndefined();
    expect(await allowed({ method: 'POST', url: '/api/v1/session' })).toBeUndefined();
    expect(await allowed({ method: 'OPTIONS', url: '/api/v1/devices' })).toBeUndefined();
    expect(await allowed({ url: '/metrics' })).toBeUndefined();
  });
});

describe('site and map', () => {
  test('tell what the dashboard needs', async () => {
    const baseMap = join(tempFolder(), 'map.geojson');
    writeFileSync(baseMap, '{"type":"FeatureCollection","features":[]}');
    const { ask } = await startTestApi({ deps: { baseMap, demo: true } });
    const site = Site.parse((await ask({ url: '/api/v1/site' })).json());
    expect(site).toMatchObject({ timeZone: 'Europe/Berlin', demo: true, hasBaseMap: true });
    expect(site.metrics.find(({ name }) => name === 'pm10')?.label.de).toBe('Feinstaub PM10');
    const map = await ask({ url: '/api/v1/map' });
    expect(map.headers['content-type']).toContain('application/geo+json');
    expect(map.json()).toEqual({ type: 'FeatureCollection', features: [] });
  });

  test('a map that cannot be read is an error that does not tell its path', async () => {
    const { ask } = await startTestApi({ deps: { baseMap: '/nowhere/map.geojson' } });
    const answer = await ask({ url: '/api/v1/map' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('nowhere');
  });
});

describe('health and metrics', () => {
  test('an outage that is ridden out is ready, a failed part is not', async () => {
    const { ask, parts } = await startTestApi();
    expect((await ask({ url: '/healthz' })).json()).toEqual({ state: 'ok' });
    parts.push({ name: 'store', state: 'degraded', detail: 'no answer since 12:00' });
    const degraded = await ask({ url: '/readyz' });
    expect(degraded.statusCode).toBe(200);
    expect(degraded.json()).toEqual({ state: 'degraded', parts });
    parts.push({ name: 'journal', state: 'failed' });
    const failed = await ask({ url: '/readyz' });
    expect([failed.statusCode, failed.json().state]).toEqual([503, 'failed']);
  });

  test('requests are counted by route, not by address', async () => {
    const { ask } = await startTestApi();
    for (const id of ['x1', 'x2', 'x3']) await ask({ url: `/api/v1/devices/ulm/${id}` });
    await ask({ url: '/api/v1/none1' });
    const { body, headers } = await ask({ url: '/metrics' });
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain(
      'http_request_seconds_count{method="GET",route="/api/v1/devices/:provider/:device",status="404"} 3',
    );
    expect(body).not.toContain('none1');
    expect(body).toMatch(/^live_series 5$|^live_series 4$/m);
  });
});

describe('the dashboard', () => {
  const html = { accept: 'text/html,application/xhtml+xml' };

  function built(): string {
    const folder = tempFolder();
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><p>dashboard');
    writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'export {};');
    writeFileSync(join(folder, '.env'), 'SECRET=1');
    writeFileSync(join(folder, '..', 'outside.txt'), 'outside');
    return folder;
  }

  test('is served for every page of it, and asked for again each time', async () => {
    const { ask } = await startTestApi({ deps: { webRoot: built() } });
    for (const url of ['/', '/devices/ulm/a1', '/map?kind=air', '/index.html']) {
      const answer = await ask({ url, headers: html });
      expect([url, answer.statusCode, answer.body]).toEqual([
        url,
        200,
        '<!doctype html><p>dashboard',
      ]);
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
  });

  test('its hashed files are kept for ever', async () => {
    const { ask } = await startTestApi({ deps: { webRoot: built() } });
    const answer = await ask({ url: '/assets/index-abc123.js' });
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toContain('javascript');
  });

  test('a file that is missing is missing, and no page', async () => {
    const { ask } = await startTestApi({ deps: { webRoot: built() } });
    const requests = [
      { url: '/assets/index-old.js', headers: html },
      { url: '/assets/index-old.js' },
      { url: '/.env', headers: html },
      { url: '/../outside.txt', headers: html },
      { url: '/..%2foutside.txt', headers: html },
      { url: '/%2e%2e/outside.txt', headers: html },
      { url: '/map' },
      { url: '/api/v1/none', headers: html },
      { method: 'POST', url: '/map', headers: html },
    ] as const;
    for (const request of requests) {
      const answer = await ask(request);
      expect([request.url, answer.statusCode]).toEqual([request.url, 404]);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
  });

  test('that is not built is said plainly', async () => {
    for (const deps of [{}, { webRoot: '/nowhere' }, { webRoot: tempFolder() }]) {
      const { ask } = await startTestApi({ deps });
      for (const url of ['/', '/map']) {
        const answer = await ask({ url, headers: html });
        expect(answer.statusCode).toBe(503);
        expect(answer.body).toContain('npm run build');
      }
    }
  });
});
