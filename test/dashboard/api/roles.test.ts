import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { NotificationTarget } from '../../../broker/contract/notifications.ts';
import { type Actor, actors, startTestApi, type TestApi, testNow } from './support/test-api.ts';

/**
 * Every role on every route, cell by cell: the status that each actor gets. The provider is `ulm`, the
 * device `ulm/secret`; `ulm/a1` and `koeln/l1` are public, `koeln/hidden` is not.
 */
type Row = [request: string, expected: Record<Actor, number>, payload?: object];

const row = (
  public_: number,
  device: number,
  provider: number,
  operator: number,
  admin: number,
) => ({
  public: public_,
  device,
  provider,
  operator,
  admin,
});
const everyone = row(200, 200, 200, 200, 200);
const nobody = row(404, 404, 404, 404, 404);
const noExport = '00000000-0000-4000-8000-000000000000';

const rule = { name: 'Silent', condition: { type: 'missing' } };

const table: Row[] = [
  ['GET /api/v1/devices', everyone],
  ['GET /api/v1/devices/ulm/a1', everyone],
  ['GET /api/v1/devices/ulm/secret', row(404, 200, 200, 200, 200)],
  ['GET /api/v1/devices/koeln/hidden', row(404, 404, 404, 200, 200)],
  ['GET /api/v1/devices/ulm/a1/diagnostics', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/devices/ulm/secret/diagnostics', row(401, 200, 200, 200, 200)],
  ['GET /api/v1/devices/ulm/nothing/diagnostics', row(401, 404, 404, 404, 404)],
  ['GET /api/v1/devices/koeln/l1/diagnostics', row(401, 403, 403, 200, 200)],
  ['GET /api/v1/devices/koeln/hidden/diagnostics', row(401, 404, 404, 200, 200)],
  ['POST /api/v1/devices', row(401, 403, 201, 403, 201), { provider: 'ulm', id: 'new' }],
  ['POST /api/v1/devices', row(401, 403, 403, 403, 201), { provider: 'koeln', id: 'new' }],
  ['PATCH /api/v1/devices/ulm/a1', row(401, 403, 200, 403, 200), { name: 'x' }],
  ['PATCH /api/v1/devices/ulm/secret', row(401, 403, 200, 403, 200), { name: 'x' }],
  ['PATCH /api/v1/devices/koeln/l1', row(401, 403, 403, 403, 200), { name: 'x' }],
  ['PATCH /api/v1/devices/koeln/hidden', row(401, 403, 404, 403, 200), { name: 'x' }],
  ['DELETE /api/v1/devices/ulm/a1', row(401, 403, 204, 403, 204)],
  ['DELETE /api/v1/devices/koeln/l1', row(401, 403, 403, 403, 204)],
  ['DELETE /api/v1/devices/koeln/hidden', row(401, 403, 404, 403, 204)],
  ['POST /api/v1/devices/ulm/secret/token', row(401, 403, 201, 403, 201)],
  ['POST /api/v1/devices/koeln/l1/token', row(401, 403, 403, 403, 201)],
  ['POST /api/v1/devices/koeln/hidden/token', row(401, 403, 404, 403, 201)],
  ['DELETE /api/v1/devices/ulm/secret/token', row(401, 403, 204, 403, 204)],
  ['DELETE /api/v1/devices/koeln/l1/token', row(401, 403, 403, 403, 204)],
  ['DELETE /api/v1/devices/koeln/hidden/token', row(401, 403, 404, 403, 204)],
  ['POST /api/v1/devices/ulm/secret/commands', row(401, 403, 202, 202, 202), { command: 'ping' }],
  ['POST /api/v1/devices/koeln/l1/commands', row(401, 403, 403, 202, 202), { command: 'ping' }],
  ['POST /api/v1/devices/koeln/hidden/commands', row(401, 403, 404, 202, 202), { command: 'ping' }],
  ['GET /api/v1/devices/ulm/a1/commands', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/devices/koeln/l1/commands', row(401, 403, 403, 200, 200)],
  ['GET /api/v1/devices/koeln/hidden/commands', row(401, 403, 404, 200, 200)],
  ['GET /api/v1/commands/of-ulm', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/commands/of-koeln', row(401, 403, 404, 200, 200)],
  ['GET /api/v1/commands/none', row(401, 403, 404, 404, 404)],
  ['GET /api/v1/providers', everyone],
  ['POST /api/v1/providers', row(401, 403, 403, 403, 201), { id: 'bcn', name: 'Barcelona' }],
  ['POST /api/v1/providers/ulm/token', row(401, 403, 403, 403, 201)],
  ['DELETE /api/v1/providers/ulm/token', row(401, 403, 403, 403, 204)],
  ['DELETE /api/v1/providers/nobody/token', row(401, 403, 403, 403, 404)],
  ['GET /api/v1/operators', row(401, 403, 403, 403, 200)],
  ['DELETE /api/v1/operators/Ada', row(401, 403, 403, 403, 204)],
  ['DELETE /api/v1/operators/Nobody', row(401, 403, 403, 403, 404)],
  ['GET /api/v1/audit', row(401, 403, 403, 403, 200)],
  ['GET /api/v1/jobs', row(401, 403, 403, 200, 200)],
  ['POST /api/v1/jobs/retain/run', row(401, 403, 403, 403, 200)],
  ['POST /api/v1/jobs/nothing/run', row(401, 403, 403, 403, 404)],
  [
    'POST /api/v1/recompute',
    row(401, 403, 403, 403, 200),
    { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' },
  ],
  ['POST /api/v1/operators', row(401, 403, 403, 403, 201), { name: 'Grace' }],
  ['GET /api/v1/latest', everyone],
  ['GET /api/v1/playback', everyone],
  ['GET /api/v1/series?device=ulm/a1&metric=pm10', everyone],
  ['GET /api/v1/series?device=ulm/secret&metric=noise', row(404, 200, 200, 200, 200)],
  ['GET /api/v1/series?device=koeln/hidden&metric=noise', row(404, 404, 404, 200, 200)],
  ['GET /api/v1/indices', everyone],
  ['GET /api/v1/indices?device=ulm/a1', everyone],
  ['GET /api/v1/indices?device=koeln/hidden', row(404, 404, 404, 200, 200)],
  ['GET /api/v1/statistics?device=ulm/a1', everyone],
  ['GET /api/v1/statistics?device=ulm/secret', row(404, 200, 200, 200, 200)],
  ['GET /api/v1/statistics?device=koeln/hidden', row(404, 404, 404, 200, 200)],
  ['GET /api/v1/comparison?device=ulm/a1&reference=koeln/l1&metric=pm10', everyone],
  [
    'GET /api/v1/comparison?device=ulm/a1&reference=koeln/hidden&metric=pm10',
    row(404, 404, 404, 200, 200),
  ],
  ['GET /api/v1/lighting', everyone],
  ['GET /api/v1/waste', everyone],
  ['GET /api/v1/waste/collection', everyone],
  ['GET /api/v1/waste/collection?format=csv', everyone],
  ['GET /api/v1/devices/koeln/hidden/waste', row(404, 404, 404, 200, 200)],
  ['GET /api/v1/devices/ulm/a1/waste', nobody],
  [
    'POST /api/v1/waste/collections',
    row(401, 403, 404, 201, 201),
    { device: 'koeln/hidden', result: 'emptied' },
  ],
  [
    'POST /api/v1/waste/collections',
    row(401, 403, 403, 400, 400),
    { device: 'koeln/l1', result: 'emptied' },
  ],
  [
    'POST /api/v1/waste/collections',
    row(401, 403, 400, 400, 400),
    { device: 'ulm/a1', result: 'emptied' },
  ],
  [
    'POST /api/v1/waste/collections',
    row(401, 403, 404, 404, 404),
    { device: 'ulm/nothing', result: 'emptied' },
  ],
  ['GET /api/v1/reports', everyone],
  ['GET /api/v1/reports/none', row(404, 404, 404, 404, 404)],
  // Nothing is exported in these cities: export.test.ts looks at who gets what.
  ['GET /api/v1/export?device=ulm/a1&metric=pm10', nobody],
  ['POST /api/v1/exports', nobody, {}],
  [`GET /api/v1/exports/${noExport}`, nobody],
  [`GET /api/v1/exports/${noExport}/metadata`, nobody],
  [`GET /api/v1/exports/${noExport}/file`, nobody],
  [`DELETE /api/v1/exports/${noExport}`, nobody],
  ['GET /api/v1/rejections', row(401, 200, 200, 200, 200)],
  ['GET /api/v1/rejections?format=csv', row(401, 200, 200, 200, 200)],
  ['GET /api/v1/rejections?format=ndjson', row(401, 200, 200, 200, 200)],
  ['POST /api/v1/rejections/of-ulm/replay', row(401, 403, 200, 200, 200)],
  ['POST /api/v1/rejections/of-koeln/replay', row(401, 403, 404, 200, 200)],
  ['POST /api/v1/rejections/of-nobody/replay', row(401, 403, 404, 200, 200)],
  ['POST /api/v1/rejections/none/replay', row(401, 403, 404, 404, 404)],
  ['POST /api/v1/rejections/replay', row(401, 403, 200, 200, 200), {}],
  ['POST /api/v1/import?format=csv', row(401, 403, 503, 503, 503), {}],
  ['POST /api/v1/import?format=csv&device=koeln/l1', row(401, 403, 403, 503, 503), {}],
  ['GET /api/v1/alarms', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/alarms/of-ulm', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/alarms/of-koeln', row(401, 403, 404, 200, 200)],
  ['GET /api/v1/alarms/none', row(401, 403, 404, 404, 404)],
  ['GET /api/v1/alarms/load', row(401, 403, 403, 200, 200)],
  ['GET /api/v1/alarms/history', row(401, 403, 200, 200, 200)],
  ['GET /api/v1/alarms/history?format=csv', row(401, 403, 200, 200, 200)],
  ['POST /api/v1/alarms/ack', row(401, 403, 403, 200, 200), { alarms: [{ id: 'of-ulm' }] }],
  ['POST /api/v1/alarms/of-ulm/ack', row(401, 403, 403, 200, 200)],
  ['POST /api/v1/alarms/of-koeln/ack', row(401, 403, 403, 200, 200)],
  ['POST /api/v1/alarms/none/ack', row(401, 403, 403, 404, 404)],
  ['POST /api/v1/alarms/of-ulm/unack', row(401, 403, 403, 200, 200)],
  [
    'POST /api/v1/alarms/of-ulm/shelve',
    row(401, 403, 403, 200, 200),
    { reason: 'road works', forMs: 3_600_000 },
  ],
  ['POST /api/v1/alarms/of-ulm/unshelve', row(401, 403, 403, 200, 200)],
  ['POST /api/v1/alarms/of-ulm/assign', row(401, 403, 403, 200, 200), { assignee: 'Ada' }],
  ['POST /api/v1/alarms/of-ulm/comments', row(401, 403, 403, 200, 200), { comment: 'seen' }],
  ['GET /api/v1/alarm-rules', row(401, 403, 403, 200, 200)],
  ['GET /api/v1/alarm-rules/kept', row(401, 403, 403, 200, 200)],
  ['GET /api/v1/alarm-rules/none', row(401, 403, 403, 404, 404)],
  ['PUT /api/v1/alarm-rules/kept', row(401, 403, 403, 200, 200), rule],
  ['DELETE /api/v1/alarm-rules/kept', row(401, 403, 403, 204, 204)],
  ['DELETE /api/v1/alarm-rules/none', row(401, 403, 403, 404, 404)],
  [
    'POST /api/v1/alarm-rules/test',
    row(401, 403, 403, 200, 200),
    { rule: { ...rule, id: 'x' }, from: testNow - 1000, to: testNow },
  ],
  ['GET /api/v1/maintenance', row(401, 403, 403, 200, 200)],
  [
    'POST /api/v1/maintenance',
    row(401, 403, 403, 201, 201),
    { from: testNow, to: testNow + 1, reason: 'road works', scope: { devices: ['ulm/a1'] } },
  ],
  ['DELETE /api/v1/maintenance/m1', row(401, 403, 403, 204, 204)],
  ['DELETE /api/v1/maintenance/none', row(401, 403, 403, 404, 404)],
  ['GET /api/v1/notification-targets', row(401, 403, 403, 403, 200)],
  ['GET /api/v1/notification-targets/duty', row(401, 403, 403, 403, 200)],
  ['GET /api/v1/notification-targets/none', row(401, 403, 403, 403, 404)],
  [
    'PUT /api/v1/notification-targets/duty',
    row(401, 403, 403, 403, 200),
    { kind: 'webhook', name: 'Duty', url: 'http://127.0.0.1:9/' },
  ],
  ['DELETE /api/v1/notification-targets/duty', row(401, 403, 403, 403, 204)],
  ['DELETE /api/v1/notification-targets/none', row(401, 403, 403, 403, 404)],
  ['POST /api/v1/notification-targets/duty/test', row(401, 403, 403, 403, 204)],
  ['POST /api/v1/notification-targets/none/test', row(401, 403, 403, 403, 404)],
  ['GET /api/v1/open-data/catalogue.jsonld', everyone],
  ['GET /api/v1/open-data/air/2026-10.csv.gz', row(404, 404, 404, 404, 404)],
  ['GET /api/v1/session', everyone],
  ['POST /api/v1/session', row(401, 401, 401, 401, 401), { token: 'no-such-token' }],
  ['DELETE /api/v1/session', row(204, 204, 204, 204, 204)],
  ['GET /api/v1/site', everyone],
  ['GET /api/v1/map', row(404, 404, 404, 404, 404)],
  ['GET /api/v1/openapi.json', everyone],
  ['GET /api/v1/status', everyone],
  ['GET /healthz', everyone],
  ['GET /readyz', everyone],
  ['GET /metrics', everyone],
  ['POST /api/v1/push/native', row(401, 200, 200, 403, 403), { pm10: 1 }],
  ['POST /api/v1/push/native?device=ulm/secret', row(401, 200, 200, 403, 403), { noise: 1 }],
  ['POST /api/v1/push/native?device=ulm/a1', row(401, 403, 200, 403, 403), { pm10: 1 }],
  ['POST /api/v1/push/native?device=koeln/l1', row(401, 403, 403, 403, 403), { power: 1 }],
  ['POST /v1/push-sensor-data/', row(401, 200, 200, 403, 403), {}],
  ['POST /v1/push-sensor-data', row(401, 200, 200, 403, 403), {}],
  ['POST /data.php', row(401, 200, 200, 403, 403), {}],
];

const rejected = [
  { id: 'of-ulm', device: 'ulm/secret' as const },
  { id: 'of-koeln', device: 'koeln/l1' as const },
  { id: 'of-nobody' },
].map((one) => ({
  ...one,
  at: testNow,
  topic: 't',
  payload: 'e30=',
  rejections: [{ reason: 'out-of-range' as const, detail: 'x' }],
}));

const commanded = [
  { id: 'of-ulm', device: 'ulm/secret' as const },
  { id: 'of-koeln', device: 'koeln/l1' as const },
].map((one) => ({
  ...one,
  command: 'ping',
  args: {},
  state: 'queued' as const,
  by: 'admin',
  createdAt: testNow,
  expiresAt: testNow + 1,
}));

/** What there is before each cell. */
async function fill({ rejections, alarms, notifications, commands }: TestApi): Promise<void> {
  await rejections.append(rejected);
  commands.commands.push(...commanded);
  alarms.raise({ id: 'of-ulm', device: 'ulm/secret' });
  alarms.raise({ id: 'of-koeln', device: 'koeln/l1' });
  await alarms.putRule(AlarmRule.parse({ ...rule, id: 'kept' }), 'admin');
  const span = { from: testNow, to: testNow + 1 };
  await alarms.putMaintenance({ ...span, reason: 'works', scope: {} }, 'admin');
  await notifications.put(
    NotificationTarget.parse({
      id: 'duty',
      kind: 'webhook',
      name: 'Duty',
      url: 'http://127.0.0.1:9/',
    }),
  );
}

const requestOf = ([request, , payload]: Row): InjectOptions => {
  const [method, url] = request.split(' ') as ['GET', string];
  return { method, url, ...(payload ? { payload } : {}) };
};

async function filledCity(): Promise<TestApi> {
  const api = await startTestApi();
  await fill(api);
  return api;
}

describe.each(actors)('as %s', (as) => {
  test('every route answers as the table says', async () => {
    const actual: [string, number][] = [];
    const expected: [string, number][] = [];
    const reader = await filledCity();
    for (const line of table) {
      // A city of its own for each cell that changes one: cells must not depend on each other.
      const api = line[0].startsWith('GET ') ? reader : await filledCity();
      const answer = await api.ask({ ...requestOf(line), as });
      actual.push([line[0], answer.statusCode]);
      expected.push([line[0], line[1][as]]);
      if (api !== reader) await api.server.stop();
    }
    expect(actual).toEqual(expected);
  });
});

test('the table has every route of the API', async () => {
  const { ask } = await startTestApi();
  const { paths } = (await ask({ url: '/api/v1/openapi.json' })).json();
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const isCovered = (route: string) => {
    const pattern = new RegExp(`^${route.replace(/\{\w+\}/g, '[^/?]+')}(\\?.*)?$`);
    return table.some(([request]) => pattern.test(request));
  };
  // The stream does not end: live.test.ts looks at it.
  expect(routes.filter((route) => !isCovered(route))).toEqual(['GET /api/v1/live']);
});

test('latest shows each role what it may see, and nothing else', async () => {
  const { ask } = await startTestApi();
  const seen = async (as: Actor) =>
    (await ask({ url: '/api/v1/latest', as })).json().columns.device;
  const open = ['ulm/a1', 'ulm/a1', 'koeln/l1'];
  expect((await seen('public')).sort()).toEqual([...open].sort());
  for (const as of ['device', 'provider', 'operator', 'admin'] as const) {
    expect((await seen(as)).sort(), as).toEqual([...open, 'ulm/secret'].sort());
  }
});

test('a provider sees the rejections of its own devices, a device its own, operators all', async () => {
  const { ask, rejections } = await startTestApi();
  const common = { at: testNow, topic: 't', payload: 'e30=' };
  await rejections.append([
    {
      id: '3',
      device: 'koeln/l1',
      rejections: [{ reason: 'out-of-range', detail: 'x' }],
      ...common,
    },
    {
      id: '2',
      device: 'ulm/a1',
      rejections: [{ reason: 'unknown-metric', detail: 'x' }],
      ...common,
    },
    {
      id: '1',
      device: 'ulm/secret',
      rejections: [{ reason: 'out-of-range', detail: 'x' }],
      ...common,
    },
    { id: '0', rejections: [{ reason: 'malformed-payload', detail: 'x' }], ...common },
  ]);
  const ids = async (as: Actor, query = '') => {
    const answer = await ask({ url: `/api/v1/rejections?${query}`, as });
    return answer.json().rejections.map(({ id }: { id: string }) => id);
  };
  expect(await ids('device')).toEqual(['1']);
  expect(await ids('device', 'device=ulm/a1')).toEqual([]);
  expect(await ids('provider')).toEqual(['2', '1']);
  expect(await ids('provider', 'device=koeln/l1')).toEqual([]);
  expect(await ids('operator')).toEqual(['3', '2', '1', '0']);
  expect(await ids('admin', 'reason=out-of-range')).toEqual(['3', '1']);
  expect(await ids('admin', 'before=2&limit=1')).toEqual(['1']);
  expect((await ask({ url: '/api/v1/rejections?reason=bad-luck', as: 'admin' })).statusCode).toBe(
    400,
  );
});
