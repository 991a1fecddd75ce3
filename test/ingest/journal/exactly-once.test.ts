import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { Accept, Bus } from '../../../broker/bus/bus.ts';
import { type Ingest, startIngest } from '../../../ingest/ingest.ts';
import { readCheckpoint, writeCheckpoint } from '../../../ingest/journal/checkpoint.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import { type Store, StoreUnavailable } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { makeTempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const names = ['received', 'stored', 'rejected', 'duplicate'] as const;
type Counts = Record<(typeof names)[number], number>;

/** A process of ingest that can be killed: what it had under way ends, and nothing of it is settled. */
interface Life {
  ingest: Ingest;
  accept: Accept;
  counts(): Promise<Counts>;
  /** What the journal has and the store has not confirmed. */
  backlogBytes(): Promise<number>;
  /** Cuts it off from store and senders at once; then clears up. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function live(folder: string, store: Store, journalBytesMax = 1e9): Promise<Life> {
  let accept: Accept = () => {};
  let isDead = false;
  const bus: Bus = {
    start: async (take) => {
      accept = take;
    },
    publish: async () => {},
    stop: async () => {},
  };
  const front: Store = {
    ...store,
    async write(batch) {
      if (isDead) throw new StoreUnavailable('dead');
      const outcome = await store.write(batch);
      // The store has it, and the process never hears of that.
      if (isDead) throw new StoreUnavailable('dead');
      return outcome;
    },
  };
  const registry = createMemoryRegistry();
  await registry.putProvider({ id: 'ulm', name: 'Ulm', createdAt: now, open: false });
  const metrics = new MetricsRegistry();
  const rejections = createRejectionLog({ path: `${folder}/rejections` });
  const retention = { raw: 90 * 86_400_000, '1m': Infinity, '1h': Infinity, '1d': Infinity };
  const ingest = await startIngest(
    { folder, journalBytesMax, retention, enrolment: 'provider' },
    {
      bus,
      store: front,
      registry,
      rejections,
      metrics,
      clock: () => now,
      log: silentLog,
      liveWanted: () => false,
    },
  );
  const stop = async () => {
    await ingest.stop();
    await rejections.close();
  };
  return {
    ingest,
    accept: (message, settle) => accept(message, (...settled) => isDead || settle(...settled)),
    async counts() {
      const values = await Promise.all(
        names.map(async (name) => {
          const metric = await metrics.getSingleMetric(`readings_${name}_total`)?.get();
          return [name, (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0)] as const;
        }),
      );
      return Object.fromEntries(values) as Counts;
    },
    async backlogBytes() {
      return (
        (await metrics.getSingleMetric('journal_backlog_bytes')?.get())?.values[0]?.value ?? NaN
      );
    },
    async kill() {
      isDead = true;
      await stop();
    },
    stop,
  };
}

const isAtRest = (of: Life) => async (): Promise<boolean> => {
  if ((await of.backlogBytes()) > 0) return false;
  const { received, stored, rejected, duplicate } = await of.counts();
  return received === stored + rejected + duplicate;
};

/** One reading, or one that is rejected; over MQTT or as an HTTP push. */
interface Sent {
  key: number;
  isGood: boolean;
  way: 'mqtt' | 'http';
}

/** Resolves with whether it was acknowledged; a killed process answers never, which counts as no. */
function send(life: Life, { key, isGood, way }: Sent): { acked: boolean; answered: Promise<void> } {
  const state = { acked: false, answered: Promise.resolve() };
  const payload = Buffer.from(JSON.stringify({ at: now - key * 1000, pm10: isGood ? 7 : 'x' }));
  state.answered = new Promise((resolve) => {
    life.accept(
      {
        topic: 'city/v1/ulm/node-1/readings',
        payload,
        qos: 1,
        retain: false,
        receivedAt: now,
        account: { kind: 'provider', provider: 'ulm' },
        ...(way === 'http' ? { dialect: 'native', headers: {} } : {}),
      },
      (error) => {
        state.acked = !error;
        resolve();
      },
    );
  });
  return state;
}

const storedKeys = async (store: Store): Promise<number[]> => {
  const { at } = await store.raw({
    device: 'ulm/node-1',
    metric: 'pm10',
    from: 0,
    to: now + 1,
    rowsMax: 10_000,
  });
  return at.map((time) => (now - time) / 1000);
};

const message = fc.record({
  key: fc.nat(40),
  isGood: fc.boolean(),
  way: fc.constantFrom('mqtt' as const, 'http' as const),
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      messages: fc.array(message, { minLength: 1, maxLength: 15 }),
      wait: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

describe('exactly once', () => {
  it('holds whatever is sent again, over whatever way, and wherever the process was killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const { path: folder, remove } = makeTempFolder();
        const store = createMemoryStore();
        const acked = new Set<number>();
        const sent = new Set<number>();
        let life = await live(folder, store);
        try {
          let open: { message: Sent; state: ReturnType<typeof send> }[] = [];
          const note = () => {
            for (const { message: one, state } of open)
              if (state.acked && one.isGood) acked.add(one.key);
            open = [];
          };
          for (const now of steps) {
            if (now.do === 'send') {
              for (const one of now.messages) {
                if (one.isGood) sent.add(one.key);
                open.push({ message: one, state: send(life, one) });
              }
              if (now.wait) await Promise.all(open.map(({ state }) => state.answered));
            } else {
              await (now.do === 'kill' ? life.kill() : life.stop());
              note();
              life = await live(folder, store);
            }
          }
          await Promise.all(open.map(({ state }) => state.answered));
          note();
          await until('rest', isAtRest(life));
          const keys = await storedKeys(store);
          expect(new Set(keys).size).toBe(keys.length);
          expect([...acked].filter((key) => !keys.includes(key))).toEqual([]);
          expect(keys.filter((key) => !sent.has(key))).toEqual([]);
          await life.stop();
          // A clean stop leaves nothing: the next start replays nothing.
          life = await live(folder, store);
          expect(await life.counts()).toEqual({
            received: 0,
            stored: 0,
            rejected: 0,
            duplicate: 0,
          });
        } finally {
          await life.stop();
          remove();
        }
      }),
      { numRuns: 15, seed: 11, interruptAfterTimeLimit: 40_000 },
    );
  }, 90_000);

  it('counts the same reading over MQTT and HTTP once as stored and once as duplicate', async () => {
    const { path: folder, remove } = makeTempFolder();
    const store = createMemoryStore();
    const life = await live(folder, store);
    for (const way of ['mqtt', 'http'] as const) {
      const state = send(life, { key: 1, isGood: true, way });
      await state.answered;
      expect(state.acked).toBe(true);
    }
    const counts = await until(
      'rest',
      async () => (await life.counts()).duplicate === 1 && life.counts(),
    );
    expect(counts).toEqual({ received: 2, stored: 1, rejected: 0, duplicate: 1 });
    expect(await storedKeys(store)).toEqual([1]);
    await life.stop();
    remove();
  });
});

describe('the checkpoint', () => {
  it('frees the bound again at a restart: what was stored before does not fill the journal for ever', async () => {
    const { path: folder, remove } = makeTempFolder();
    const store = createMemoryStore();
    let life = await live(folder, store, 2_000);
    for (let key = 0; key < 15; key++)
      await send(life, { key, isGood: true, way: 'mqtt' }).answered;
    await until('rest', isAtRest(life));
    await life.stop();
    for (let start = 0; start < 3; start++) {
      life = await live(folder, store, 2_000);
      expect(life.ingest.health()[0]).toEqual({ name: 'journal', state: 'ok' });
      const state = send(life, { key: 100 + start, isGood: true, way: 'mqtt' });
      await state.answered;
      expect(state.acked).toBe(true);
      await life.stop();
    }
    remove();
  });

  it('that cannot be written keeps nothing from being stored, and no stop from ending', async () => {
    const { path: folder, remove } = makeTempFolder();
    const store = createMemoryStore();
    mkdirSync(join(folder, 'journal', 'checkpoint.json.new'), { recursive: true });
    const life = await live(folder, store);
    const state = send(life, { key: 1, isGood: true, way: 'mqtt' });
    await state.answered;
    expect(state.acked).toBe(true);
    await until('rest', isAtRest(life));
    expect(await storedKeys(store)).toEqual([1]);
    await life.stop();
    remove();
  });

  it('with a digit that the disk changed is not believed: nothing is skipped', async () => {
    const { path: folder, remove } = makeTempFolder();
    const path = join(folder, 'checkpoint.json');
    const checkpoint = { storedTo: 1_234, rolledUpTo: 1_000 };
    await writeCheckpoint(path, checkpoint);
    expect(await readCheckpoint(path, silentLog)).toEqual(checkpoint);
    for (const damaged of [
      ['1234', '9234'],
      ['1000', '100'],
      ['}', ''],
    ] as const) {
      await writeCheckpoint(path, checkpoint);
      writeFileSync(path, readFileSync(path, 'utf8').replace(damaged[0], damaged[1]));
      expect(await readCheckpoint(path, silentLog)).toEqual({ storedTo: 0, rolledUpTo: 0 });
    }
    expect(await readCheckpoint(`${path}.missing`, silentLog)).toEqual({
      storedTo: 0,
      rolledUpTo: 0,
    });
    remove();
  });
});
