import { describe, expect, test } from 'vitest';
import type { RuleTest } from '../../../broker/contract/alarm-rules.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const rule = {
  name: 'PM10 is high',
  metric: 'pm10',
  condition: { type: 'threshold', op: 'gt', value: 50 },
};
const put = { method: 'PUT', as: 'operator' } as const;
const post = { method: 'POST', as: 'operator' } as const;
const day = 86_400_000;

describe('alarm rules', () => {
  test('are put with their defaults, replaced, listed and removed, with who', async () => {
    const { ask, audit } = await startTestApi();
    const url = '/api/v1/alarm-rules/pm10-high';
    const first = await ask({ ...put, url, payload: rule });
    expect(first.json()).toMatchObject({
      id: 'pm10-high',
      priority: 'low',
      revision: 1,
      changedBy: 'operator:Ada',
    });
    await ask({ ...put, as: 'admin', url, payload: { ...rule, id: 'pm10-high', forMs: 900_000 } });
    const { rules } = (await ask({ url: '/api/v1/alarm-rules', as: 'operator' })).json();
    expect(rules).toMatchObject([{ revision: 2, forMs: 900_000, changedBy: 'admin' }]);
    expect((await ask({ ...put, method: 'DELETE', url })).statusCode).toBe(204);
    expect((await ask({ url, as: 'operator' })).statusCode).toBe(404);
    expect(audit.events.map(({ action, object }) => [action, object])).toEqual([
      ['putAlarmRule', 'pm10-high'],
      ['putAlarmRule', 'pm10-high'],
      ['deleteAlarmRule', 'pm10-high'],
    ]);
  });

  test('are not put over what somebody else has changed since they were read', async () => {
    const { ask } = await startTestApi();
    const url = '/api/v1/alarm-rules/pm10-high';
    const edit = async (payload: object) => {
      const answer = await ask({ ...put, url, payload: { ...rule, ...payload } });
      return [answer.statusCode, answer.json().code ?? answer.json().revision];
    };
    expect(await edit({ revision: 1 })).toEqual([409, 'rule-changed']);
    expect(await edit({ revision: -1 })).toEqual([400, 'invalid-request']);
    expect(await edit({})).toEqual([200, 1]);
    expect(await edit({ revision: 1, forMs: 900_000 })).toEqual([200, 2]);
    expect(await edit({ revision: 1, forMs: 60_000 })).toEqual([409, 'rule-changed']);
    expect((await ask({ url, as: 'operator' })).json().forMs).toBe(900_000);
  });

  test('that make no sense are refused, with which part', async () => {
    const { ask } = await startTestApi();
    const of = async (payload: object) => {
      const answer = await ask({ ...put, url: '/api/v1/alarm-rules/x', payload });
      return [answer.statusCode, answer.json().code, answer.json().detail];
    };
    expect(await of({ ...rule, id: 'y' })).toEqual([
      400,
      'invalid-request',
      'id: must be that of the path, x',
    ]);
    expect((await of({ ...rule, condition: { type: 'magic' } }))[2]).toMatch(/^condition.type: /);
    expect((await of({ ...rule, builtIn: true }))[0]).toBe(400);
    expect(await of({ ...rule, metric: undefined })).toEqual([
      422,
      'invalid-rule',
      'metric: a threshold needs one',
    ]);
  });

  test('are tested on what is stored, one at a time, and not for ever', async () => {
    const { ask, alarms } = await startTestApi({ deps: { ruleTestMsMax: 20 } });
    let end: (result: RuleTest) => void = () => {};
    alarms.ruleTest = new Promise((resolve) => {
      end = resolve;
    });
    const url = '/api/v1/alarm-rules/test';
    const payload = { rule: { ...rule, id: 'x' }, from: testNow - day, to: testNow };
    const [slow, second] = await Promise.all([
      ask({ ...post, url, payload }),
      ask({ ...post, url, payload }),
    ]);
    expect([slow.statusCode, slow.json().code]).toEqual([422, 'rule-test-too-long']);
    expect([second.statusCode, second.json().code]).toEqual([503, 'overloaded']);
    // It goes on, and holds its place.
    expect((await ask({ ...post, url, payload })).statusCode).toBe(503);
    const result = { from: testNow - day, to: testNow, devices: 3, skipped: 0, fired: 14 };
    end({ ...result, alarms: [], perDay: 14 });
    await alarms.ruleTest;
    const answer = await ask({ ...post, url, payload });
    expect([answer.statusCode, answer.json()]).toMatchObject([200, result]);
  });

  test('are not tested on spans that are empty or too long', async () => {
    const { ask } = await startTestApi();
    for (const from of [testNow, testNow + 1, testNow - 32 * day]) {
      const payload = { rule: { ...rule, id: 'x' }, from, to: testNow };
      const answer = await ask({ ...post, url: '/api/v1/alarm-rules/test', payload });
      expect([from, answer.statusCode, answer.json().errors[0].field]).toEqual([from, 400, 'to']);
    }
  });
});

describe('maintenance windows', () => {
  const window = {
    from: testNow,
    to: testNow + day,
    reason: 'road works',
    scope: { groups: ['ulm/kvs1'] },
  };

  test('are announced, listed and ended', async () => {
    const { ask, audit } = await startTestApi();
    const url = '/api/v1/maintenance';
    const added = await ask({ ...post, url, payload: window });
    expect([added.statusCode, added.json()]).toMatchObject([
      201,
      { ...window, by: 'operator:Ada' },
    ]);
    const { maintenance } = (await ask({ url, as: 'admin' })).json();
    expect(maintenance).toEqual([added.json()]);
    const end = { ...post, method: 'DELETE', url: `${url}/${added.json().id}` } as const;
    expect((await ask(end)).statusCode).toBe(204);
    expect((await ask(end)).statusCode).toBe(404);
    expect(audit.events.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['addMaintenance', 'done'],
      ['endMaintenance', 'done'],
      ['endMaintenance', 'refused'],
    ]);
  });

  test('have an order, an end that is to come, a reason, and are about something', async () => {
    const { ask, alarms } = await startTestApi();
    const wrong = [
      { ...window, to: window.from },
      { ...window, to: window.from + 367 * day },
      { ...window, from: testNow - day, to: testNow },
      { ...window, reason: ' ' },
      { ...window, scope: {} },
      { ...window, scope: { devices: [] } },
      { ...window, by: 'somebody' },
    ];
    for (const payload of wrong) {
      const answer = await ask({ ...post, url: '/api/v1/maintenance', payload });
      expect([payload, answer.statusCode]).toEqual([payload, 400]);
    }
    expect(alarms.maintenance()).toEqual([]);
  });
});
