import { Registry as MetricsRegistry } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Accept, AcceptOutcome, Bus, OutboundMessage } from '../../broker/bus/bus.ts';
import type { Enrolment } from '../../broker/contract/access.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { type Ingest, startIngest } from '../../ingest/ingest.ts';
import type { Job } from '../../ingest/jobs/scheduler.ts';
import { createRejectionLog } from '../../ingest/rejections/rejection-log.ts';
import { createMemoryStore } from '../../ingest/store/memory.ts';
import { type Store, StoreUnavailable } from '../../ingest/store/store.ts';
import { silentLog } from '../support/log.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const topic = 'city/v1/ulm/node-1/readings';

/** A store in front of the real one that can be away. */
function interruptible(store: Store): Store & { away: boolean } {
  const front = {
    ...store,
    away: false,
    async write(batch: Parameters<Store['write']>[0]) {
      if (front.away) throw new StoreUnavailable('the store is away');
      return store.write(batch);
    },
  };
  return front;
}

class Bench {
  readonly folder = tempFolder();
  readonly store = interruptible(createMemoryStore());
  readonly registry: Registry = createMemoryRegistry();
  readonly live: LiveReadings[] = [];
  readonly published: OutboundMessage[] = [];
  metrics = new MetricsRegistry();
  accept: Accept = () => {};
  ingest: Ingest | undefined;
  liveWanted = false;
  jobs: Job[] = [];

  async start(enrolment: Enrolment = 'provider'): Promise<Ingest> {
    const bus: Bus = {
      start: async (accept) => {
        this.accept = accept;
      },
      publish: async (message) => {
        this.published.push(message);
      },
      stop: async () => {},
    };
    this.metrics = new MetricsRegistry();
    const rejections = createRejectionLog({ path: `${this.folder}/rejections` });
    const retention = { raw: 90 * 86_400_000, '1m': Infinity, '1h': Infinity, '1d': Infinity };
    const ingest = await startIngest(
      { folder: this.folder, journalBytesMax: 1e9, retention, enrolment },
      {
        bus,
        store: this.store,
        registry: this.registry,
        rejections,
        metrics: this.metrics,
        clock: () => now,
        log: silentLog,
        liveWanted: () => this.liveWanted,
        jobs: this.jobs,
      },
    );
    ingest.feed.onReadings((batch) => this.live.push(...batch));
    this.rejections = rejections;
    this.ingest = ingest;
    return ingest;
  }
  rejections: ReturnType<typeof createRejectionLog> | undefined;

  async stop(): Promise<void> {
    await this.ingest?.stop();
    this.ingest = undefined;
    await this.rejections?.close();
  }

  send(payload: string, more: Partial<Parameters<Accept>[0]> = {}): Promise<AcceptOutcome> {
    return new Promise((resolve, reject) =>
      this.accept(
        { topic, payload: Buffer.from(payload), qos: 1, retain: false, receivedAt: now, ...more },
        (error, outcome) => (outcome ? resolve(outcome) : reject(error)),
      ),
    );
  }

  async count(name: string): Promise<number> {
    const metric = await this.metrics.getSingleMetric(`readings_${name}_total`)?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }

  async reconciled(): Promise<Record<string, number>> {
    const [received, stored, rejected, duplicate] = await Promise.all(
      ['received', 'stored', 'rejected', 'duplicate'].map((name) => this.count(name)),
    );
    return { received, stored, rejected, duplicate } as Record<string, number>;
  }
}

let bench: Bench;
beforeEach(async () => {
  bench = new Bench();
  onTestFinished(() => bench.stop());
  await bench.registry.putProvider({ id: 'ulm', name: 'Ulm', createdAt: now, open: false });
});

const rawOf = (device: `${string}/${string}`, metric: 'pm10' | 'pm2_5') =>
  bench.store.raw({ device, metric, from: 0, to: now + 1e9, rowsMax: 1000 });

describe('the path of a reading', () => {
  it('ends in the store, in live views and in the registry', async () => {
    await bench.start();
    expect(await bench.send('{"pm10":12.3}')).toEqual({
      device: 'ulm/node-1',
      accepted: 1,
      rejections: [],
    });
    expect(bench.live).toEqual([
      {
        device: 'ulm/node-1',
        receivedAt: now,
        readings: [{ metric: 'pm10', at: now, value: 12.3, flag: 1, reasons: 0 }],
      },
    ]);
    await until(
      'the reading to be stored',
      async () => (await rawOf('ulm/node-1', 'pm10')).at.length === 1,
    );
    expect(await until('the device', () => bench.registry.device('ulm/node-1'))).toMatchObject({
      kind: 'air',
      public: false,
    });
  });

  it('counts every reading exactly once, whatever becomes of it', async () => {
    await bench.start();
    await bench.send('{"pm10":12.3,"pm2_5":8}');
    await bench.send('{"pm10":12.3,"pm2_5":8}');
    await bench.send('{"pm10":"x","nonsense":1,"pm2_5":9,"at":"2026-11-22T09:00:00Z"}');
    await bench.send('{"pm10":');
    const counts = await until('rest', async () => {
      const counted = await bench.reconciled();
      return (counted.stored ?? 0) + (counted.duplicate ?? 0) === 5 && counted;
    });
    expect(counts).toEqual({ received: 8, stored: 3, rejected: 3, duplicate: 2 });
  });

  it('keeps rejected messages with device, reason and raw bytes', async () => {
    await bench.start();
    await bench.send('{"pm10":1,"nonsense":1}');
    const [kept] = await until('the rejection', () => {
      const list = bench.rejections?.list({ limit: 10 }) ?? [];
      return list.length > 0 && list;
    });
    expect(kept).toMatchObject({
      device: 'ulm/node-1',
      topic,
      at: now,
      rejections: [{ reason: 'unknown-metric', field: 'nonsense' }],
    });
    expect(Buffer.from(kept?.payload ?? '', 'base64').toString()).toBe('{"pm10":1,"nonsense":1}');
  });

  it('publishes live topics only when somebody listens', async () => {
    await bench.start();
    await bench.send('{"pm10":1}');
    expect(bench.published).toEqual([]);
    bench.liveWanted = true;
    await bench.send('{"pm10":2}');
    expect(bench.published.map((message) => message.topic)).toEqual(['city/v1/live/ulm/node-1']);
  });

  it('keeps what a device says of itself', async () => {
    await bench.start();
    await bench.send('offline', { topic: 'city/v1/ulm/node-1/status' });
    const status = await until('the status', () => bench.registry.reportedStatus('ulm/node-1'));
    expect(status).toEqual({ online: false, at: now });
  });
});

describe('enrolment', () => {
  it.each([
    ['closed', topic, false],
    ['provider', topic, true],
    ['provider', 'city/v1/nobody/node-1/readings', false],
    ['open', 'city/v1/nobody/node-1/readings', true],
  ] as const)('%s at %s: taken %s', async (enrolment, at, taken) => {
    await bench.start(enrolment);
    const outcome = await bench.send('{"pm10":1}', { topic: at });
    expect(outcome.accepted).toBe(taken ? 1 : 0);
    expect(outcome.rejections.map(({ reason }) => reason)).toEqual(taken ? [] : ['unknown-device']);
  });

  it('takes a registered device when closed', async () => {
    await bench.registry.putDevice({
      provider: 'ulm',
      id: 'node-1',
      kind: 'air',
      public: true,
      createdAt: now,
    });
    await bench.start('closed');
    expect((await bench.send('{"pm10":1}')).accepted).toBe(1);
  });
});

describe('roll-ups', () => {
  it('answer at once with what was stored, late readings too', async () => {
    const ingest = await bench.start();
    await bench.send('{"pm10":10}');
    await bench.send(
      '{"readings":[{"at":"2026-11-22T09:00:10Z","pm10":20},{"at":"2026-11-22T09:00:20Z","pm10":40}]}',
    );
    await until('rest', async () => (await bench.count('stored')) === 3);
    const hours = () =>
      ingest.reads.rollups('1h', {
        device: 'ulm/node-1',
        metric: 'pm10',
        from: 0,
        to: now + 1e9,
        rowsMax: 10,
      });
    expect(await hours()).toMatchObject({
      mean: [30, 10],
      min: [20, 10],
      max: [40, 10],
      count: [2, 1],
    });
    await bench.send('{"at":"2026-11-22T09:30:00Z","pm10":60}');
    await until('rest', async () => (await bench.count('stored')) === 4);
    expect(await hours()).toMatchObject({ mean: [45, 10], max: [60, 10], count: [3, 1] });
  });
});

describe('readings that come more than 48 h late', () => {
  const span = { from: 0, to: now + 1e9, rowsMax: 10 };
  const hoursOf = (ingest: Ingest) =>
    ingest.reads.rollups('1h', { device: 'ulm/node-1', metric: 'pm10', ...span });

  it('are stored and counted, and correct the tiers when somebody says so', async () => {
    const ingest = await bench.start();
    await bench.send('{"at":"2026-11-20T10:00:00Z","pm10":10}');
    await bench.send('{"at":"2026-11-20T09:59:59Z","pm10":20}');
    await until('rest', async () => (await bench.count('stored')) === 2);
    expect(await bench.count('late')).toBe(1);
    expect((await hoursOf(ingest)).mean).toEqual([10]);
    const from = Date.parse('2026-11-20T09:00:00Z');
    const state = await ingest.recompute({ devices: ['ulm/node-1'], from, to: from + 1 });
    expect(state).toMatchObject({ name: 'recompute', isRunning: false, figures: { series: 1 } });
    expect((await hoursOf(ingest)).mean).toEqual([20, 10]);
  });

  it('are not recomputed where raw values are forgotten', async () => {
    const ingest = await bench.start();
    await bench.send('{"pm10":10}');
    await until('rest', async () => (await bench.count('stored')) === 1);
    const from = now - 91 * 86_400_000;
    await expect(ingest.recompute({ from, to: now })).rejects.toMatchObject({
      code: 'recompute-refused',
    });
    expect(ingest.jobs.list().find(({ name }) => name === 'recompute')).toMatchObject({
      isRunning: false,
      error: expect.stringContaining('raw values'),
    });
  });
});

describe('jobs', () => {
  it('are its own and those of other parts', async () => {
    const ran: unknown[] = [];
    bench.jobs = [{ name: 'extra', what: 'counts', run: async ({ args }) => void ran.push(args) }];
    const { jobs } = await bench.start();
    const names = jobs.list().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['roll-up-minutes', 'settle', 'retain', 'recompute', 'extra']),
    );
    await jobs.run('extra', { year: 2026 });
    expect(ran).toEqual([{ year: 2026 }]);
  });

  it('of its own can each be run by hand, twice', async () => {
    const { jobs } = await bench.start();
    await bench.send('{"pm10":10}');
    await until('rest', async () => (await bench.count('stored')) === 1);
    for (const { name } of jobs.list()) {
      const args = name === 'recompute' ? { from: now - 1, to: now } : undefined;
      await jobs.run(name, args).catch((error: { code?: string }) => {
        // The clock was faster.
        if (error.code !== 'job-running') throw error;
      });
      await until('its end', () => !jobs.list().some((job) => job.name === name && job.isRunning));
      await jobs.run(name, args).catch((error: { code?: string }) => {
        if (error.code !== 'job-running') throw error;
      });
    }
  });
});

describe('a store that is away', () => {
  it('does not hold up acknowledgements or live views, and gets everything afterwards, once', async () => {
    const ingest = await bench.start();
    bench.store.away = true;
    for (let index = 0; index < 50; index++)
      await bench.send(`{"at":${now - index * 1000},"pm10":${index}}`);
    expect(bench.live).toHaveLength(50);
    await until('the outage to be seen', () =>
      ingest.health().some(({ name, state }) => name === 'store' && state === 'degraded'),
    );
    bench.store.away = false;
    await until('catch-up', async () => (await bench.count('stored')) === 50);
    expect((await rawOf('ulm/node-1', 'pm10')).at).toHaveLength(50);
    expect(ingest.health()).toEqual([
      { name: 'journal', state: 'ok' },
      { name: 'store', state: 'ok' },
    ]);
    expect(await bench.reconciled()).toEqual({
      received: 50,
      stored: 50,
      rejected: 0,
      duplicate: 0,
    });
  });

  it('gets what was journalled when the process is started again', async () => {
    await bench.start();
    bench.store.away = true;
    await bench.send('{"pm10":7,"nonsense":1}');
    await bench.stop();
    expect((await rawOf('ulm/node-1', 'pm10')).at).toEqual([]);
    bench.store.away = false;
    await bench.start();
    await until('replay', async () => (await rawOf('ulm/node-1', 'pm10')).at.length === 1);
    expect(
      await until(
        'counts',
        async () => (await bench.count('received')) === 2 && bench.reconciled(),
      ),
    ).toEqual({
      received: 2,
      stored: 1,
      rejected: 1,
      duplicate: 0,
    });
    expect(bench.rejections?.list({ limit: 10 })).toHaveLength(1);
  });
});
