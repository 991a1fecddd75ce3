import { connect as connectMqtt } from 'mqtt';
import { expect, test } from 'vitest';
import { diagnosticsLimits } from '../../broker/contract/diagnostics.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { createRefusalTrail } from '../../broker/refusal-trail.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { until } from '../support/until.ts';
import { startBroker } from './harness.ts';

async function city() {
  const registry = createMemoryRegistry();
  await registry.putProvider({ id: 'ulm', name: 'Ulm', createdAt: 1, open: false });
  await registry.putDevice({ provider: 'ulm', id: 'a1', kind: 'air', public: true, createdAt: 1 });
  const time = { now: 1_000 };
  const trail = createRefusalTrail({ registry, clock: () => time.now });
  return { trail, time, registry };
}

const address = '192.0.2.7';

test.each([
  ['a device that exists', 'ulm/a1', 'ulm/a1', 'ulm/a1'],
  ['a provider', 'ulm', 'ulm', 'ulm'],
  ['a device that does not: its name may be a token', 'ulm/s3cr3t-t0ken', 'ulm', 'ulm/?'],
  ['a device with an ill-formed name', 'ulm/../x', 'ulm', 'ulm/?'],
])('a wrong token under the name of %s', async (_what, username, subject, user) => {
  const { trail } = await city();
  trail.note('bad-credentials', { username, clientId: 's3cr3t-t0ken', address });
  expect(trail.of(subject)).toEqual([
    { reason: 'bad-credentials', user, address, firstAt: 1_000, lastAt: 1_000, count: 1 },
  ]);
});

test('a name that nobody has leaves no trace', async () => {
  const { trail } = await city();
  for (const username of ['nobody', '', 's3cr3t/t0ken', undefined]) {
    trail.note('bad-credentials', { username, address });
    expect(trail.of(username ?? '')).toEqual([]);
  }
});

test('the same again is counted up and comes first', async () => {
  const { trail, time } = await city();
  trail.note('bad-credentials', { username: 'ulm', address });
  time.now = 2_000;
  trail.note('bad-credentials', { username: 'ulm', address: '192.0.2.8' });
  time.now = 3_000;
  trail.note('bad-credentials', { username: 'ulm', address });
  expect(trail.of('ulm').map((one) => [one.address, one.count, one.firstAt, one.lastAt])).toEqual([
    ['192.0.2.7', 2, 1_000, 3_000],
    ['192.0.2.8', 1, 2_000, 2_000],
  ]);
});

test('a publish of a provider concerns its device of that topic, never a foreign one', async () => {
  const { trail } = await city();
  const account = { kind: 'provider', provider: 'ulm' } as const;
  const topic = (device: string) => `city/v1/${device}/commands`;
  trail.note('forbidden-publish', { account, clientId: 'c', topic: topic('ulm/a1'), address });
  trail.note('forbidden-publish', { account, clientId: 'c', topic: topic('koeln/l1'), address });
  expect(trail.of('ulm/a1')).toMatchObject([
    { user: 'ulm', topic: topic('ulm/a1'), clientId: 'c' },
  ]);
  expect(trail.of('ulm')).toMatchObject([{ topic: topic('koeln/l1') }]);
  expect(trail.of('koeln/l1')).toEqual([]);
});

test('what is kept is bounded: refusals of a subject, subjects, and lengths', async () => {
  const { trail } = await city();
  const { refusalsPerSubjectMax, refusalSubjectsMax } = diagnosticsLimits;
  const account = { kind: 'provider', provider: 'ulm' } as const;
  for (let i = 0; i < 20; i += 1)
    trail.note('forbidden-publish', { account, topic: `t${i}/${'x'.repeat(400)}`, address });
  const kept = trail.of('ulm');
  expect(kept).toHaveLength(refusalsPerSubjectMax);
  expect(kept[0]?.topic).toMatch(/^t19\/x+$/);
  expect(kept[0]?.topic).toHaveLength(200);
  for (let i = 0; i < refusalSubjectsMax; i += 1) {
    const device: DeviceKey = `ulm/d${i}`;
    trail.note('forbidden-publish', { account: { kind: 'device', device }, address });
  }
  expect(trail.of('ulm'), 'the longest without a new one').toEqual([]);
  expect(trail.of('ulm/d0')).toHaveLength(1);
});

test('over the wire: a wrong token and a forbidden topic can be read by who it concerns', async () => {
  const { broker, port, deviceToken } = await startBroker();
  const url = `mqtt://127.0.0.1:${port}`;
  const common = { reconnectPeriod: 0, connectTimeout: 5_000 };
  const wrong = connectMqtt(url, { ...common, username: 'umwelt/a1', password: 'wr0ng-t0ken' });
  wrong.on('error', () => {});
  await until('refused sign-in', () => broker.refusals.of('umwelt/a1')[0]);
  const device = connectMqtt(url, { ...common, username: 'umwelt/a1', password: deviceToken });
  device.on('error', () => {});
  device.on('connect', () => device.publish('city/v1/umwelt/a2/readings', '{}'));
  await until('refused publish', () => broker.refusals.of('umwelt/a1')[1]);
  const refusals = broker.refusals.of('umwelt/a1');
  expect(refusals.map(({ reason, user, topic }) => [reason, user, topic])).toEqual([
    ['forbidden-publish', 'umwelt/a1', 'city/v1/umwelt/a2/readings'],
    ['bad-credentials', 'umwelt/a1', undefined],
  ]);
  expect(refusals[0]?.address).toContain('127.0.0.1');
  expect(JSON.stringify(refusals)).not.toMatch(/t0ken/);
  expect(JSON.stringify(refusals)).not.toContain(deviceToken);
  wrong.end(true);
  device.end(true);
});
