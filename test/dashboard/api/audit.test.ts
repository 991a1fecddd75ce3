import { describe, expect, test } from 'vitest';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { adminToken, startTestApi } from './support/test-api.ts';

const signIn = { method: 'POST', url: '/api/v1/session' } as const;

describe('the audit of changes', () => {
  test('says who did what to what, from where, and what came of it', async () => {
    const api = await startTestApi();
    const from = { remoteAddress: '10.1.2.3' };
    const device = { provider: 'ulm', id: 'n1' };
    await api.ask({
      method: 'POST',
      url: '/api/v1/devices',
      as: 'provider',
      payload: device,
      ...from,
    });
    await api.ask({
      method: 'PATCH',
      url: '/api/v1/devices/koeln/l1',
      as: 'provider',
      payload: {},
    });
    await api.ask({ method: 'DELETE', url: '/api/v1/operators/Ada', as: 'admin' });
    await api.ask({
      method: 'POST',
      url: '/api/v1/operators',
      as: 'admin',
      payload: { name: 'Eve' },
    });
    expect(api.audit.events).toMatchObject([
      {
        at: api.time.now,
        actor: 'provider:ulm',
        action: 'registerDevice',
        object: 'ulm/n1',
        outcome: 'done',
        status: 201,
        address: '10.1.2.3',
      },
      { action: 'changeDevice', object: 'koeln/l1', outcome: 'refused', status: 403 },
      { actor: 'admin', action: 'removeOperator', object: 'Ada', outcome: 'done' },
      { actor: 'admin', action: 'issueOperatorToken', object: 'Eve', status: 201 },
    ]);
  });

  test('has sign-ins that succeed and that fail, and never a token', async () => {
    const api = await startTestApi();
    await api.ask({ ...signIn, payload: { token: 'guess-guess' } });
    await api.ask({ ...signIn, payload: { token: adminToken } });
    await api.ask({ ...signIn, payload: { token: api.tokens.operator } });
    expect(api.audit.events.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
      ['public', 'signIn', 'refused'],
      ['admin', 'signIn', 'done'],
      ['operator:Ada', 'signIn', 'done'],
    ]);
    const text = JSON.stringify(api.audit.events);
    for (const token of ['guess-guess', adminToken, api.tokens.operator])
      expect(text).not.toContain(token);
  });

  test('leaves out what changes nothing: reads, pushes, strangers', async () => {
    const { ask, audit } = await startTestApi();
    await ask({ url: '/api/v1/devices', as: 'admin' });
    await ask({ method: 'POST', url: '/api/v1/push/native', as: 'provider', payload: {} });
    await ask({ method: 'POST', url: '/api/v1/providers', payload: { id: 'x', name: 'x' } });
    await ask({ method: 'POST', url: '/api/v1/nothing', as: 'admin' });
    expect(audit.events).toEqual([]);
  });

  test('cannot be flooded by refusals, and what is missing is counted', async () => {
    const { ask, audit, time } = await startTestApi();
    const attempt = () => ask({ method: 'DELETE', url: '/api/v1/operators/x', as: 'provider' });
    for (let count = 0; count < apiLimits.auditRefusalsPerMinuteMax + 5; count++) await attempt();
    expect(audit.events).toHaveLength(apiLimits.auditRefusalsPerMinuteMax);
    const metrics = async () => (await ask({ url: '/metrics' })).body;
    expect(await metrics()).toContain('audit_missing_total{why="flood"} 5');
    await ask({ method: 'DELETE', url: '/api/v1/operators/Ada', as: 'admin' });
    expect(audit.events.at(-1)).toMatchObject({ action: 'removeOperator', outcome: 'done' });
    time.now += 60_000;
    await attempt();
    expect(audit.events.at(-1)).toMatchObject({ outcome: 'refused' });
  });

  test('that cannot be written is counted, and does not hide what was done', async () => {
    const { ask, audit } = await startTestApi();
    audit.isDown = true;
    const answer = await ask({ method: 'DELETE', url: '/api/v1/operators/Ada', as: 'admin' });
    expect(answer.statusCode).toBe(204);
    expect((await ask({ url: '/metrics' })).body).toContain(
      'audit_missing_total{why="unwritable"} 1',
    );
  });

  test('is read newest first, by actor and page, with the state of its chain', async () => {
    const { ask } = await startTestApi();
    for (const name of ['a', 'b', 'c'])
      await ask({ method: 'POST', url: '/api/v1/operators', as: 'admin', payload: { name } });
    await ask({ method: 'POST', url: '/api/v1/devices/ulm/a1/token', as: 'provider' });
    const read = async (query: string) =>
      (await ask({ url: `/api/v1/audit?${query}`, as: 'admin' })).json();
    const objects = ({ entries }: { entries: { object: string }[] }) =>
      entries.map(({ object }) => object);
    expect(objects(await read(''))).toEqual(['ulm/a1', 'c', 'b', 'a']);
    expect(objects(await read('actor=admin&limit=2'))).toEqual(['c', 'b']);
    expect(objects(await read('before=2'))).toEqual(['a']);
    expect((await read('check=true')).chain).toEqual({ whole: true, entries: 4 });
    expect((await read('limit=0')).status).toBe(400);
  });
});
