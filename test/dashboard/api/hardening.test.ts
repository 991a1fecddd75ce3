import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { adminToken, startTestApi, type TestApi } from './support/test-api.ts';

const session = '/api/v1/session';

describe('addresses behind a reverse proxy', () => {
  const proxy = '10.0.0.1';
  const guess = ({ ask }: TestApi, remoteAddress: string, forwardedFor: string) =>
    ask({
      method: 'POST',
      url: session,
      payload: { token: 'guess-guess' },
      remoteAddress,
      headers: { 'x-forwarded-for': forwardedFor },
    });

  test('are believed from nobody by default, and from nobody but the proxy when one is named', async () => {
    for (const config of [{}, { trustProxy: [proxy] }]) {
      const api = await startTestApi({ config });
      const from = config.trustProxy ? '192.0.2.9' : proxy;
      for (let count = 0; count < apiLimits.signInsPerMinuteMax; count++)
        await guess(api, from, `198.51.100.${count}`);
      expect((await guess(api, from, '198.51.100.99')).statusCode).toBe(429);
    }
  });

  test('are those that the proxy says, not what a client wrote in front', async () => {
    const api = await startTestApi({ config: { trustProxy: ['10.0.0.0/8'] } });
    for (let count = 0; count < apiLimits.signInsPerMinuteMax; count++)
      await guess(api, proxy, `203.0.113.${count}, 198.51.100.1`);
    expect((await guess(api, proxy, '203.0.113.99, 198.51.100.1')).statusCode).toBe(429);
    expect((await guess(api, proxy, '198.51.100.2')).statusCode).toBe(401);
    expect(api.audit.events.at(-1)?.address).toBe('198.51.100.2');
  });

  test('over https make the cookie secure', async () => {
    const api = await startTestApi({ config: { trustProxy: [proxy] } });
    const signIn = (headers: Record<string, string>) =>
      api.ask({
        method: 'POST',
        url: session,
        payload: { token: adminToken },
        remoteAddress: proxy,
        headers,
      });
    const [secure] = (await signIn({ 'x-forwarded-proto': 'https' })).cookies;
    expect(secure).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict' });
    expect((await signIn({ 'x-forwarded-proto': 'http' })).cookies[0]).not.toHaveProperty('secure');
  });

  test('cannot make up a host', async () => {
    const { ask } = await startTestApi({ config: { trustProxy: [proxy] } });
    const headers = { 'x-forwarded-host': 'evil.example', origin: 'http://evil.example' };
    const answer = await ask({
      method: 'POST',
      url: session,
      payload: { token: adminToken },
      remoteAddress: proxy,
      headers: { ...headers, host: 'city.example' },
    });
    expect(answer.json().code).toBe('cross-site');
  });
});

describe('what is private', () => {
  test('is kept by no cache and shown to no other page, however the path is written', async () => {
    const { ask } = await startTestApi();
    const paths = ['/api/v1/devices', '/%61pi/v1/devices', '/metrics', '/readyz', '/nothing'];
    for (const url of paths) {
      const { headers } = await ask({ url, as: 'admin' });
      expect([url, headers['cache-control']]).toEqual([url, 'no-store']);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    const problem = await ask({ url: '/api/v1/audit', as: 'provider' });
    expect(problem.headers['cache-control']).toBe('no-store');
    const pushed = await ask({ method: 'POST', url: '/data.php', as: 'device', payload: '{}' });
    expect(pushed.headers['cache-control']).toBe('no-store');
  });

  test('is not told by HEAD or OPTIONS either', async () => {
    const { ask } = await startTestApi();
    const status = async (method: 'HEAD' | 'OPTIONS', url: string, as?: 'admin') =>
      (await ask({ method, url, ...(as ? { as } : {}) })).statusCode;
    expect(await status('HEAD', '/api/v1/devices/koeln/hidden')).toBe(404);
    expect(await status('HEAD', '/api/v1/devices/koeln/hidden', 'admin')).toBe(200);
    expect(await status('HEAD', '/api/v1/audit')).toBe(401);
    expect(await status('HEAD', '/api/v1/live', 'admin')).toBe(404);
    const options = await ask({ method: 'OPTIONS', url: '/api/v1/audit', as: 'admin' });
    expect(options.statusCode).toBe(404);
    const allowed = Object.keys(options.headers).filter((name) =>
      name.startsWith('access-control'),
    );
    expect(allowed).toEqual([]);
  });
});

describe('an attacker', () => {
  test('gets no file from outside of the dashboard', async () => {
    const webRoot = join(tempFolder(), 'web');
    mkdirSync(webRoot);
    writeFileSync(join(webRoot, 'index.html'), '<!doctype html>');
    writeFileSync(join(webRoot, '..', 'outside.txt'), 'outside');
    const { ask } = await startTestApi({ deps: { webRoot } });
    const paths = [
      '/..%5coutside.txt',
      '/..\\outside.txt',
      '/....//outside.txt',
      '/%252e%252e/outside.txt',
      '/assets/..%2f..%2foutside.txt',
      '/index.html%00.txt',
      '//outside.txt',
      '/%2e%2e%2foutside.txt',
    ];
    for (const url of paths) {
      const answer = await ask({ url });
      expect([url, answer.statusCode >= 400, answer.body.includes('outside')]).toEqual([
        url,
        true,
        false,
      ]);
      expect(answer.statusCode, url).toBeLessThan(500);
    }
  });

  test('pollutes no prototype', async () => {
    const { ask, registry } = await startTestApi();
    const headers = { 'content-type': 'application/json' };
    const bodies = [
      '{"__proto__":{"polluted":1}}',
      '{"name":"x","__proto__":{"polluted":1}}',
      '{"constructor":{"prototype":{"polluted":1}}}',
      '{"location":{"__proto__":{"polluted":1},"lat":1,"lon":1}}',
    ];
    for (const payload of bodies) {
      const request = { method: 'PATCH', url: '/api/v1/devices/ulm/a1', as: 'admin' } as const;
      expect((await ask({ ...request, headers, payload })).statusCode).toBe(400);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(registry.device('ulm/a1')).not.toHaveProperty('polluted');
  });

  test('writes no header of its own', async () => {
    const { ask } = await startTestApi();
    const id = 'a\r\nset-cookie: x=y';
    const device = await ask({
      method: 'POST',
      url: '/api/v1/devices',
      as: 'admin',
      payload: { provider: 'ulm', id },
    });
    expect(device.statusCode).toBe(400);
    const operator = await ask({
      method: 'DELETE',
      url: `/api/v1/operators/${encodeURIComponent(id)}`,
      as: 'admin',
    });
    expect(operator.statusCode).toBe(404);
    for (const { headers } of [device, operator]) expect(headers['set-cookie']).toBeUndefined();
  });

  test('does not occupy the server with huge requests or slow ones', async () => {
    const { server, ask } = await startTestApi();
    const http = server.app.server;
    expect(http.requestTimeout).toBe(apiLimits.importMsMax);
    expect(http.headersTimeout).toBe(apiLimits.requestMsMax);
    const address = http.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET /api/v1/devices?q=${'x'.repeat(100_000)} HTTP/1.1\r\nhost: a\r\n\r\n`),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect((await ask({ url: '/healthz' })).statusCode).toBe(200);
  });
});

describe('a token that is revoked', () => {
  test('ends at once, and so does what was opened with it', async () => {
    const { ask, tokens, registry } = await startTestApi();
    const signedIn = await ask({
      method: 'POST',
      url: session,
      payload: { token: tokens.operator },
    });
    const [cookie] = signedIn.cookies;
    const headers = { cookie: `${cookie?.name}=${cookie?.value}` };
    expect((await ask({ url: session, headers })).json().role).toBe('operator');
    const list = async () => (await ask({ url: '/api/v1/operators', as: 'admin' })).json();
    expect(await list()).toEqual({ operators: [{ name: 'Ada' }] });
    await ask({ method: 'DELETE', url: '/api/v1/operators/Ada', as: 'admin' });
    expect(await list()).toEqual({ operators: [] });
    expect((await ask({ url: session, headers })).json().role).toBe('public');
    expect((await ask({ url: session, as: 'operator' })).statusCode).toBe(401);
    await ask({ method: 'DELETE', url: '/api/v1/devices/ulm/secret/token', as: 'provider' });
    expect(registry.accountOf(tokens.device)).toBeUndefined();
    expect(registry.device('ulm/secret')).toBeDefined();
    await ask({ method: 'DELETE', url: '/api/v1/providers/ulm/token', as: 'admin' });
    expect(registry.accountOf(tokens.provider)).toBeUndefined();
  });
});
