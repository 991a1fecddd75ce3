import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../../broker/contract/access.ts';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { createSessionFile } from '../../../dashboard/api/session-file.ts';
import { Sessions } from '../../../dashboard/api/sessions.ts';
import { until } from '../../support/until.ts';
import { EventStream } from './support/event-stream.ts';
import { startTestApi } from './support/test-api.ts';

const ada: Account = { kind: 'operator', name: 'Ada' };
const hourMs = 3_600_000;
let folder = '';
let path = '';
const time = { now: 0 };
const clock = () => time.now;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  path = join(folder, 'sessions.json');
  time.now = 1_780_000_000_000;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keeper(adminKey = 'key one', holders: readonly Account[] = [ada]) {
  const registry = { tokenAccounts: () => holders };
  return createSessionFile({ path, adminKey, registry, log: pino({ level: 'silent' }) });
}

/** Sessions of a process that starts now, with what the one before left. */
function started(...file: Parameters<typeof keeper>): Sessions {
  return new Sessions(clock, keeper(...file));
}

describe('a session', () => {
  test('lasts as long as it is used, and ends 12 hours after that', () => {
    const sessions = new Sessions(clock);
    const id = sessions.open(ada);
    for (let use = 0; use < 10; use++) {
      time.now += 11 * hourMs;
      expect(sessions.accountOf(id)).toEqual(ada);
    }
    time.now += apiLimits.sessionMs;
    expect(sessions.accountOf(id)).toBeUndefined();
    time.now -= hourMs;
    expect(sessions.accountOf(id), 'does not come back').toBeUndefined();
  });

  test('that is in use outlives one that is not, when there are too many', () => {
    const sessions = new Sessions(clock);
    const wall = sessions.open(ada);
    const left = sessions.open(ada);
    time.now += hourMs;
    sessions.accountOf(wall);
    for (let count = 2; count <= apiLimits.sessionsMax; count++) sessions.open(ada);
    expect(sessions.accountOf(wall)).toEqual(ada);
    expect(sessions.accountOf(left)).toBeUndefined();
  });
});

describe('over a restart', () => {
  test('who was signed in stays so, for what is left of the 12 hours', async () => {
    const before = started();
    const id = before.open(ada);
    const admin = before.open({ kind: 'admin' });
    await before.stop();
    time.now += 11 * hourMs;
    const after = started();
    expect([after.accountOf(id), after.accountOf(admin)]).toEqual([ada, { kind: 'admin' }]);
    await after.stop();
    time.now += 11 * hourMs;
    expect(started().accountOf(id), 'the use was kept').toEqual(ada);
    time.now += hourMs;
    expect(started().accountOf(id)).toBeUndefined();
  });

  test('who signed out, or whose token was replaced, does not come back', async () => {
    const before = started();
    const out = before.open({ kind: 'admin' });
    const replaced = before.open(ada);
    await before.stop();
    before.close(out);
    before.closeAllOf(ada);
    await before.stop();
    const after = started();
    expect([after.accountOf(out), after.accountOf(replaced)]).toEqual([undefined, undefined]);
  });

  test('nobody comes back whose token went meanwhile: the admin’s, or one of the registry', async () => {
    const before = started();
    const admin = before.open({ kind: 'admin' });
    const operator = before.open(ada);
    await before.stop();
    expect(started('key two').accountOf(admin)).toBeUndefined();
    expect(started('key two').accountOf(operator)).toEqual(ada);
    expect(started('key one', []).accountOf(operator)).toBeUndefined();
  });

  test('only hashes are kept, for the owner of the process alone', async () => {
    const sessions = started();
    const id = sessions.open(ada);
    await sessions.stop();
    expect(readFileSync(path, 'utf8')).not.toContain(id);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['cut off', '{"version":1,"adminKey":"key one","sess'],
    ['of another version', '{"version":2,"adminKey":"key one","sessions":[]}'],
    ['empty', ''],
    [
      'for a device',
      `{"version":1,"adminKey":"key one","sessions":[{"hash":"${'a'.repeat(43)}","account":{"kind":"device","device":"a/b"},"usedAt":0}]}`,
    ],
  ])('a file that is %s signs nobody in, and is replaced', async (_how, text) => {
    writeFileSync(path, text, { mode: 0o644 });
    const sessions = started();
    const id = sessions.open(ada);
    await sessions.stop();
    expect(started().accountOf(id)).toEqual(ada);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('where nothing can be written, sessions go on', async () => {
    path = join(folder, 'no', 'such', 'folder');
    const sessions = started();
    const id = sessions.open(ada);
    await sessions.stop();
    expect(sessions.accountOf(id)).toEqual(ada);
  });
});

describe('in a browser', () => {
  test('an open stream is a use', async () => {
    const api = await startTestApi({ deps: { live: { tickMs: 5, heartbeatMs: 10 } } });
    const url = '/api/v1/session';
    const payload = { token: api.tokens.operator };
    const [cookie] = (await api.ask({ method: 'POST', url, payload })).cookies;
    const headers = { cookie: `${cookie?.name}=${cookie?.value}` };
    const { port } = api.server.app.server.address() as AddressInfo;
    const stream = await EventStream.open(`http://127.0.0.1:${port}/api/v1/live`, headers);
    for (let hours = 0; hours < 36; hours += 6) {
      const beats = stream.events.length;
      api.time.now += 6 * hourMs;
      await until('a heartbeat', () => stream.events.length > beats + 2);
    }
    expect((await api.ask({ url, headers })).json().role).toBe('operator');
    stream.close();
  });

  test('asking who one is moves the end of the cookie too', async () => {
    const api = await startTestApi();
    const url = '/api/v1/session';
    const payload = { token: api.tokens.operator };
    const [cookie] = (await api.ask({ method: 'POST', url, payload })).cookies;
    const headers = { cookie: `${cookie?.name}=${cookie?.value}` };
    const [again] = (await api.ask({ url, headers })).cookies;
    expect(again).toMatchObject({ value: cookie?.value, httpOnly: true, maxAge: 12 * 3600 });
    expect((await api.ask({ url })).cookies, 'nobody is signed in').toEqual([]);
    expect((await api.ask({ url, as: 'admin' })).cookies, 'a token is no session').toEqual([]);
  });
});
