import { Registry as MetricsRegistry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import type { AcceptOutcome, InboundMessage } from '../../../broker/bus/bus.ts';
import { startIngest } from '../../../ingest/ingest.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-22T10:00:00Z');

it('a replay past the retention of raw values is refused again, and adds no second rejected message', async () => {
  const folder = tempFolder();
  const rejections = createRejectionLog({ path: `${folder}/rejections` });
  const registry = createMemoryRegistry();
  await registry.putProvider({ id: 'ulm', name: 'Ulm', createdAt: start, open: false });
  let now = start;
  const retention = { raw: 10 * day, '1m': Infinity, '1h': Infinity, '1d': Infinity };
  const ingest = await startIngest(
    { folder, journalBytesMax: 1e9, retention, enrolment: 'provider' },
    {
      bus: { start: async () => {}, publish: async () => {}, stop: async () => {} },
      store: createMemoryStore(),
      registry,
      rejections,
      metrics: new MetricsRegistry(),
      clock: () => now,
      log: silentLog,
      liveWanted: () => false,
    },
  );
  onTestFinished(async () => {
    await ingest.stop();
    await rejections.close();
  });
  const send = (more: Partial<InboundMessage>): Promise<AcceptOutcome> =>
    new Promise((resolve, reject) =>
      ingest.accept(
        {
          topic: '/v1/push-sensor-data/',
          payload: Buffer.from('{"pm10":1,"nonsense":2}'),
          qos: 1,
          retain: false,
          receivedAt: start,
          account: { kind: 'device', device: 'ulm/a1' },
          dialect: 'native',
          headers: { 'x-sensor': 'a1' },
          ...more,
        },
        (error, outcome) => (outcome ? resolve(outcome) : reject(error)),
      ),
    );
  expect(await send({})).toMatchObject({ device: 'ulm/a1', accepted: 1 });
  const [kept] = await until('it to be kept', () => {
    const found = rejections.list({ limit: 9 });
    return found.length === 1 && found;
  });
  expect(kept?.sender).toEqual({
    account: { kind: 'device', device: 'ulm/a1' },
    dialect: 'native',
    headers: { 'x-sensor': 'a1' },
  });
  const replayOf = kept?.id ?? '';
  expect(await send({ replayOf })).toMatchObject({ accepted: 1, rejections: [{}] });
  now += 11 * day;
  const late = await send({ replayOf });
  expect(late.accepted).toBe(0);
  expect(late.rejections.map(({ reason }) => reason)).toContain('expired-timestamp');
  await ingest.stop();
  expect(rejections.list({ limit: 9 })).toHaveLength(1);
});
