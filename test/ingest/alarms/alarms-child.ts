import { Registry as MetricsRegistry } from 'prom-client';
import { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { Device } from '../../../broker/contract/device.ts';
import type { LiveReadings } from '../../../broker/contract/live.ts';
import { startAlarms } from '../../../ingest/alarms/alarms.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

/** An engine in a process of its own, for a test that kills it: alarms come and are acknowledged without end. */
const [folder = ''] = process.argv.slice(2);
const registry = createMemoryRegistry();
const devices = 200;
for (let index = 0; index < devices; index += 1)
  await registry.putDevice(
    Device.parse({ provider: 'p', id: `d${index}`, kind: 'air', createdAt: 1, intervalMs: 60_000 }),
  );
let hear: (batch: readonly LiveReadings[]) => void = () => {};
const engine = await startAlarms(
  { path: folder },
  {
    registry,
    store: createMemoryStore(),
    feed: {
      onReadings(listener) {
        hear = listener;
        return () => {};
      },
    },
    metrics: new MetricsRegistry(),
    clock: Date.now,
    log: silentLog,
  },
);
await engine.putRule(
  AlarmRule.parse({
    id: 'r1',
    name: 'Rule',
    metric: 'pm10',
    condition: { type: 'threshold', op: 'gt', value: 50 },
  }),
  'test',
);
const values = new Array<number>(devices).fill(0);
for (let turn = 0; ; turn += 1) {
  const index = (turn * 7) % devices;
  values[index] = values[index] === 60 ? 10 : 60;
  hear([
    {
      device: `p/d${index}`,
      receivedAt: Date.now(),
      readings: [
        { metric: 'pm10', at: Date.now() + turn, value: values[index] ?? 0, flag: 1, reasons: 0 },
      ],
    },
  ]);
  if (turn % 5 === 0) await engine.settled();
  const [alarm] = turn % 3 === 0 ? engine.list('unacknowledged') : [];
  if (!alarm) continue;
  const { revision } = await engine.acknowledge(alarm.id, { by: 'ada' });
  process.stdout.write(`${alarm.id} ${revision}\n`);
}
