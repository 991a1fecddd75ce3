import { describe, expect, test } from 'vitest';
import { Session } from '../../../broker/contract/api.ts';
import { Attempts } from '../../../dashboard/api/attempts.ts';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { Sessions } from '../../../dashboard/api/sessions.ts';
import { adminToken, startTestApi, type TestApi } from './support/test-api.ts';

const url = '/api/v1/session';
const sameOrigin = { 'sec-fetch-site': 'same-origin' };

async function signIn({ ask }: TestApi, token: string): Promise<{ cookie: string }> {
  const answer = await ask({ method: 'POST', url, payload: { token } });
  expect(answer.statusCode).toBe(200);
  const [cookie] = answer.cookies;
  return { cookie: `${cookie?.name}=${cookie?.value}` };
}

describe('signing in', () => {
  test('refuses a wrong token, and does not repeat it', async () => {
    const { ask } = await startTestApi();
    const wrong = await ask({ method: 'POST', url, payload: { token: 'guess-guess' } });
    expect([wrong.statusCode, wrong.json().code]).toEqual([401, 'bad-credentials']);
    expect(wrong.cookies).toEqual([]);
    const short = await ask({ method: 'POST', url, payload: { token: 's3cret' } });
    expect(short.statusCode).toBe(400);
    expect(short.body).not.toContain('s3cret');
  });

  test('gives a cookie that scripts and other sites cannot use, and does not show the token', async () => {
    const api = await startTestApi();
    const answer = await api.ask({ method: 'POST', url, payload: { token: api.tokens.operator } });
    expect(Session.parse(answer.json())).toEqual({ role: 'operator', name: 'Ada' });
    expect(answer.cookies[0]).toMatchObject({
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: 12 * 3600,
    });
    expect(answer.cookies[0]).not.toHaveProperty('secure');
    expect(String(answer.headers['set-cookie'])).not.toContain(api.tokens.operator);
    const headers = { 'x-forwarded-proto': 'https' };
    const payload = { token: adminToken };
    const overTls = await api.ask({ method: 'POST', url, payload, headers });
    expect(overTls.cookies[0]).toMatchObject({ secure: true });
  });

  test('is the role of the token, for 12 hours or until it is ended', async () => {
    const api = await startTestApi();
    const who = async (headers: { cookie: string }) => (await api.ask({ url, headers })).json();
    const provider = await signIn(api, api.tokens.provider);
    expect(await who(provider)).toEqual({ role: 'provider', provider: 'ulm' });
    const admin = await signIn(api, adminToken);
    expect(await who(admin)).toEqual({ role: 'admin' });
    const out = await api.ask({ method: 'DELETE', url, headers: { ...provider, ...sameOrigin } });
    expect(out.statusCode).toBe(204);
    expect(await who(provider)).toEqual({ role: 'public' });
    api.time.now += apiLimits.sessionMs;
    expect(await who(admin)).toEqual({ role: 'public' });
  });

  test('ends with the token that it was made of', async () => {
    const api = await startTestApi();
    const provider = await signIn(api, api.tokens.provider);
    const operator = await signIn(api, api.tokens.operator);
    await api.registry.issueToken({ kind: 'provider', provider: 'ulm' });
    expect((await api.ask({ url, headers: provider })).json().role).toBe('public');
    expect((await api.ask({ url, headers: operator })).json().role).toBe('operator');
  });

  test('is limited per address and minute; other addresses may', async () => {
    const { ask, time } = await startTestApi();
    const attempt = (remoteAddress: string) =>
      ask({ method: 'POST', url, payload: { token: 'guess-guess' }, remoteAddress });
    for (let count = 0; count < 10; count++)
      expect((await attempt('10.1.1.1')).statusCode).toBe(401);
    const refused = await attempt('10.1.1.1');
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'too-many-attempts']);
    expect(Number(refused.headers['retry-after'])).toBe(60);
    expect((await attempt('10.1.1.2')).statusCode).toBe(401);
    time.now += 60_000;
    expect((await attempt('10.1.1.1')).statusCode).toBe(401);
  });

  test('cannot be gone round by guessing at another route, which hurts no valid token', async () => {
    const { ask, tokens } = await startTestApi();
    const list = (token: string) =>
      ask({ url: '/api/v1/devices', headers: { authorization: `Bearer ${token}` } });
    for (let count = 0; count < 10; count++)
      expect((await list(`guess${count}`)).statusCode).toBe(401);
    expect((await list(adminToken)).statusCode).toBe(429);
    expect((await list(tokens.provider)).statusCode).toBe(200);
  });
});

describe('a request by session from elsewhere', () => {
  const patch = { method: 'PATCH', url: '/api/v1/devices/ulm/a1', payload: { name: 'x' } } as const;
  const host = 'city.example:8080';

  test('is refused unless the browser says that the page is ours', async () => {
    const api = await startTestApi();
    const session = await signIn(api, adminToken);
    const status = async (headers: Record<string, string>) =>
      (await api.ask({ ...patch, headers: { host, ...session, ...headers } })).statusCode;
    expect(await status({})).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: 'https://city.example' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'none' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site', origin: `http://${host}` })).toBe(403);
    expect(api.registry.device('ulm/a1')?.name).toBe('Münsterplatz');
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await status({ origin: `https://${host}` })).toBe(200);
  });

  test('may read, and by token do everything', async () => {
    const api = await startTestApi();
    const session = await signIn(api, adminToken);
    const read = await api.ask({ url: '/api/v1/devices/koeln/hidden', headers: session });
    expect(read.statusCode).toBe(200);
    expect((await api.ask({ ...patch, as: 'admin' })).statusCode).toBe(200);
  });

  test('cannot sign a person in as somebody else', async () => {
    const { ask } = await startTestApi();
    const headers = { 'sec-fetch-site': 'cross-site' };
    const answer = await ask({ method: 'POST', url, payload: { token: adminToken }, headers });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'cross-site']);
  });

  test('cannot push', async () => {
    const api = await startTestApi();
    const session = await signIn(api, api.tokens.provider);
    const push = { method: 'POST', url: '/api/v1/push/native', payload: '{}' } as const;
    expect((await api.ask({ ...push, headers: session })).statusCode).toBe(403);
    expect(api.ingest.messages).toEqual([]);
  });
});

describe('what is remembered is bounded', () => {
  test('the oldest session ends when there are too many', () => {
    const sessions = new Sessions(() => 0);
    const first = sessions.open({ kind: 'admin' });
    const second = sessions.open({ kind: 'admin' });
    for (let count = 2; count <= apiLimits.sessionsMax; count++) sessions.open({ kind: 'admin' });
    expect(sessions.accountOf(first)).toBeUndefined();
    expect(sessions.accountOf(second)).toEqual({ kind: 'admin' });
  });

  test('the longest-known address is forgotten when there are too many', () => {
    const attempts = new Attempts(() => 0);
    for (let count = 0; count < 10; count++) attempts.note('first');
    expect(attempts.waitMs('first')).toBe(60_000);
    for (let count = 0; count < apiLimits.signInAddressesMax; count++) attempts.note(`a${count}`);
    expect(attempts.waitMs('first')).toBe(0);
  });
});
