import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import { DeviceMemory, whatIsThere } from '../../../dashboard/api/device-memory.ts';
import { ReadQueue } from '../../../dashboard/api/read-queue.ts';
import { until } from '../../support/until.ts';

const device = (id: string): Device => ({
  provider: 'p',
  id,
  kind: 'light',
  public: true,
  createdAt: 0,
});
const [a, b, c] = [device('a'), device('b'), device('c')];

/** Reads wait until they are let through; each is known by its devices. */
function bench() {
  const time = { now: 1_000 };
  const reads: { ids: string; end: (error?: Error) => void }[] = [];
  const queue = new ReadQueue();
  const memory = new DeviceMemory<string>({
    clock: () => time.now,
    queue,
    atOnce: 2,
    devicesMax: 10,
    freshMs: 10,
    staleMs: 100,
    read: (asked) =>
      new Promise((resolve, reject) => {
        const values = asked.map((one) => `${one.device.id}@${time.now}`);
        const end = (error?: Error): void => (error ? reject(error) : resolve(values));
        reads.push({ ids: asked.map((one) => one.device.id).join(), end });
      }),
  });
  const next = (count: number) => until(`read ${count}`, () => reads[count - 1]);
  return { time, reads, queue, memory, next };
}

describe('what is remembered of devices', () => {
  it('is answered as far as it is there, a few devices at a time', async () => {
    const { memory, next, reads } = bench();
    const look = memory.look([a, b, c]);
    expect(look.values()).toEqual([undefined, undefined, undefined]);
    (await next(1)).end();
    await next(2);
    expect(look.values()).toEqual(['a@1000', 'b@1000', undefined]);
    expect(await whatIsThere([look], 0)).toEqual([['a@1000', 'b@1000', undefined]]);
    (await next(2)).end();
    await look.whole;
    expect(look.values()).toEqual(['a@1000', 'b@1000', 'c@1000']);
    expect(reads.map(({ ids }) => ids)).toEqual(['a,b', 'c']);
  });

  it('is read once for all who ask, anew when it is old, and not answered when it is stale', async () => {
    const { memory, next, reads, time } = bench();
    const looks = [memory.look([a]), memory.look([a])];
    (await next(1)).end();
    await Promise.all(looks.map(({ whole }) => whole));
    time.now += 11;
    const old = memory.look([a]);
    expect(old.values()).toEqual(['a@1000']);
    await old.whole;
    (await next(2)).end();
    await until('the newer one', () => memory.look([a]).values()[0] === 'a@1011');
    time.now += 101;
    expect(memory.look([a]).values()).toEqual([undefined]);
    (await next(3)).end();
    expect(reads).toHaveLength(3);
  });

  it('of one device comes before all that waits', async () => {
    const { memory, next, reads } = bench();
    memory.look([a, b]);
    memory.look([c]);
    const one = memory.one(device('d'));
    (await next(1)).end();
    (await next(2)).end();
    expect(await one).toBe('d@1000');
    (await next(3)).end();
    expect(reads.map(({ ids }) => ids)).toEqual(['a,b', 'd', 'c']);
  });

  it('fails for all who wait when the store is away, and is tried again by who asks later', async () => {
    const { memory, next, reads } = bench();
    const look = memory.look([a, b, c]);
    (await next(1)).end(new Error('away'));
    await expect(look.whole).rejects.toThrow('away');
    await expect(whatIsThere([look], 1_000)).rejects.toThrow('away');
    expect(reads).toHaveLength(1);
    const again = memory.look([c]);
    (await next(2)).end();
    await again.whole;
    expect(again.values()).toEqual(['c@1000']);
  });
});

describe('a queue that stops', () => {
  it('waits for what is being read, and reads nothing more', async () => {
    const { memory, next, queue, reads } = bench();
    const look = memory.look([a, b, c]);
    const { end } = await next(1);
    let isStopped = false;
    const stopped = queue.stop().then(() => {
      isStopped = true;
    });
    await expect(look.whole).rejects.toThrow();
    expect(isStopped).toBe(false);
    end();
    await stopped;
    await expect(memory.look([c]).whole).rejects.toThrow();
    expect(reads).toHaveLength(1);
  });
});
