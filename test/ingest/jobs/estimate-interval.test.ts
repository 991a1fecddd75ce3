import { describe, expect, it } from 'vitest';
import { type Device, expectedIntervalMs } from '../../../broker/contract/device.ts';
import { estimateIntervalJob } from '../../../ingest/jobs/estimate-interval.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { batchOf } from '../../../ingest/store/reading-batch.ts';
import { jobContext } from '../../support/job-context.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { stored } from '../../support/stored.ts';

const hour = 3_600_000;
const now = Date.parse('2026-11-22T10:07:00Z');
const key = 'ulm/node-1';

async function bench(device: Partial<Device> = {}) {
  const store = createMemoryStore();
  const registry = createMemoryRegistry();
  const time = { now };
  await registry.putDevice({
    provider: 'ulm',
    id: 'node-1',
    kind: 'air',
    public: true,
    createdAt: 0,
    ...device,
  });
  const job = estimateIntervalJob({ store, registry, clock: () => time.now });
  const send = (count: number, stepMs: number, endAt = now) =>
    store.write(
      batchOf(
        Array.from({ length: count }, (_, index) =>
          stored({
            device: key,
            metric: 'pm10',
            at: endAt - (index + 1) * stepMs,
            value: index % 9,
          }),
        ),
      ),
    );
  const run = async () => {
    const context = jobContext();
    await job.run(context);
    return context.figures;
  };
  /** Every hour of a day: each device has its turn once. */
  const runForADay = async () => {
    for (let index = 0; index < 24; index++) {
      time.now += hour;
      await run();
    }
  };
  const find = () => registry.device(key);
  return { store, registry, send, run, runForADay, device: find, time };
}

describe('the interval of a device', () => {
  it('is not estimated when its owner has registered one', async () => {
    const { send, run, device } = await bench({ intervalMs: 300_000 });
    await send(100, 60_000);
    expect(await run()).toEqual({});
    expect(device()).not.toHaveProperty('estimatedIntervalMs');
  });

  it('is not estimated from nothing, from old readings, or from too few', async () => {
    const { send, run, device } = await bench();
    await run();
    await send(100, 60_000, now - 25 * hour);
    await run();
    await send(4, 60_000);
    await run();
    expect(device()).not.toHaveProperty('estimatedIntervalMs');
  });

  it('is the median gap of its last day, and counts until one is registered', async () => {
    const { send, run, device, registry } = await bench();
    await send(500, 145_000);
    expect(await run()).toEqual({ looked: 1, changed: 1 });
    const found = device() as Device;
    expect(found).toMatchObject({ kind: 'air', public: true, estimatedIntervalMs: 145_000 });
    expect(expectedIntervalMs(found)).toBe(145_000);
    await registry.putDevice({ ...found, intervalMs: 60_000 });
    expect(expectedIntervalMs(device() as Device)).toBe(60_000);
  });

  it('is looked at again once a day, and kept while it is about the same', async () => {
    const { send, runForADay, device, time } = await bench({ estimatedIntervalMs: 60_000 });
    await send(1440, 62_000, now + 24 * hour);
    await runForADay();
    expect(device()?.estimatedIntervalMs).toBe(60_000);
    await send(3000, 30_000, time.now + 24 * hour);
    await runForADay();
    expect(device()?.estimatedIntervalMs).toBe(30_000);
  });

  it('of a device that sends very often is estimated from its last hour, in bounded reads', async () => {
    const { send, run, device } = await bench();
    await send(ingestLimits.estimateRowsMax + 5_000, 2_000);
    await run();
    expect(device()?.estimatedIntervalMs).toBe(2_000);
  });
});
