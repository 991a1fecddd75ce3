import { expect, test } from 'vitest';
import {
  DeviceDiagnostics,
  type MessageTrace,
  type Refusal,
} from '../../../broker/contract/diagnostics.ts';
import { type Actor, startTestApi, testNow } from './support/test-api.ts';

const trace = (more: Partial<MessageTrace> = {}): MessageTrace => ({
  receivedAt: testNow - 12_000,
  topic: 'city/v1/ulm/secret/readings',
  dialect: 'native',
  payload: { encoding: 'text', data: '{"noise":55}', bytes: 12, cut: false },
  accepted: [{ metric: 'noise', at: testNow - 13_500, value: 55, flag: 1, reasons: 0 }],
  acceptedCount: 1,
  untimedCount: 0,
  rejections: [],
  rejectedCount: 0,
  kept: true,
  ...more,
});

const refusal = (user: string): Refusal => ({
  reason: 'bad-credentials',
  user,
  address: '192.0.2.7',
  firstAt: testNow - 180_000,
  lastAt: testNow - 180_000,
  count: 1,
});

async function cityThatHeard(messages: MessageTrace[]) {
  const refusals = new Map([
    ['ulm', [refusal('ulm')]],
    ['ulm/secret', [refusal('ulm/secret')]],
  ]);
  const api = await startTestApi({
    deps: {
      traces: { of: (device) => (device === 'ulm/secret' ? messages : []) },
      refusals: { of: (subject) => refusals.get(subject) ?? [] },
    },
  });
  const diagnose = async (device: string, as: Actor) => {
    const answer = await api.ask({ url: `/api/v1/devices/${device}/diagnostics`, as });
    expect(answer.statusCode).toBe(200);
    return DeviceDiagnostics.parse(answer.json());
  };
  return { ...api, diagnose };
}

test('tells the last messages, the refused ones, and when the next is due', async () => {
  const { diagnose, rejections, feed } = await cityThatHeard([trace()]);
  await rejections.append([
    {
      id: '1',
      at: testNow,
      device: 'ulm/secret',
      topic: 't',
      payload: 'e30=',
      rejections: [{ reason: 'unknown-metric', field: 'nois', detail: 'x' }],
      sender: { account: { kind: 'device', device: 'ulm/secret' } },
    },
  ]);
  feed.say('ulm/secret', testNow - 12_000, { noise: 55, rssi: -97, snr: 4.5 });
  const found = await diagnose('ulm/secret', 'provider');
  expect(found).toMatchObject({
    registered: true,
    unknown: [],
    messages: [trace()],
    rejections: [{ id: '1' }],
    expectedIntervalMs: 60_000,
    intervalFrom: 'kind',
    lastSeenAt: testNow - 12_000,
    nextDueAt: testNow + 48_000,
    signal: { rssi: { value: -97, at: testNow - 12_000 }, snr: { value: 4.5 } },
    clock: { behindMs: 1_500, messages: 1 },
  });
  expect(found.rejections[0]).not.toHaveProperty('sender');
});

test('a device that nobody has registered is told to its provider when it was heard', async () => {
  const { diagnose, rejections, ask } = await cityThatHeard([]);
  const rejected = [{ reason: 'unknown-device' as const, detail: 'x' }];
  const common = { at: testNow, topic: 't', payload: 'e30=', rejections: rejected };
  await rejections.append([{ id: '1', device: 'ulm/new', ...common }]);
  expect(await diagnose('ulm/new', 'provider')).toMatchObject({
    registered: false,
    rejections: [{ id: '1' }],
  });
  const foreign = await ask({ url: '/api/v1/devices/ulm/new/diagnostics', as: 'device' });
  expect(foreign.statusCode).toBe(404);
});

test('refusals: a provider sees its own and its devices’, a device only its own', async () => {
  const { diagnose } = await cityThatHeard([]);
  const users = async (device: string, as: Actor) =>
    (await diagnose(device, as)).refusals.map(({ user }) => user);
  expect(await users('ulm/secret', 'provider')).toEqual(['ulm/secret', 'ulm']);
  expect(await users('ulm/secret', 'operator')).toEqual(['ulm/secret', 'ulm']);
  expect(await users('ulm/secret', 'device')).toEqual(['ulm/secret']);
  expect(await users('ulm/a1', 'admin')).toEqual(['ulm']);
});

test.each([
  ['no message', [], undefined],
  ['none with a time of its own', [trace({ untimedCount: 1 })], undefined],
  ['one of which not all is known', [trace({ acceptedCount: 80 })], undefined],
  [
    'a buffered one and one at once: the least counts',
    [trace(), trace({ receivedAt: testNow + 3_600_000 })],
    { behindMs: 1_500, messages: 2 },
  ],
  [
    'a clock that is ahead',
    [trace({ receivedAt: testNow - 20_000 })],
    { behindMs: -6_500, messages: 1 },
  ],
])('the clock, of %s', async (_what, messages, expected) => {
  const { diagnose } = await cityThatHeard(messages);
  expect((await diagnose('ulm/secret', 'admin')).clock).toEqual(expected);
});

test('what another process knows is said to be unknown, not shown as empty', async () => {
  const { ask } = await startTestApi({ isSplit: true });
  const answer = await ask({ url: '/api/v1/devices/ulm/a1/diagnostics', as: 'admin' });
  expect(answer.json()).toMatchObject({
    unknown: ['messages-elsewhere', 'refusals-elsewhere'],
    messages: [],
  });
});
