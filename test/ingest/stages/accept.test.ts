import { setImmediate as gathered } from 'node:timers/promises';
import { Registry as MetricsRegistry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type Burst, oneByOne } from '../../../broker/bus/burst.ts';
import type { AcceptOutcome } from '../../../broker/bus/bus.ts';
import { NotKept } from '../../../broker/bus/bus.ts';
import type { Device } from '../../../broker/contract/device.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { LiveReadings } from '../../../broker/contract/live.ts';
import { readingsTopic } from '../../../broker/contract/topics.ts';
import { createRandom } from '../../../firmware-sim/random.ts';
import { createReadingCounters } from '../../../ingest/counters.ts';
import type { JournalEntry } from '../../../ingest/journal/entry.ts';
import { frameMagic, type Payload } from '../../../ingest/journal/frame.ts';
import type { Appended } from '../../../ingest/journal/group.ts';
import { isPacked } from '../../../ingest/journal/packed.ts';
import { ingestLimits } from '../../../ingest/limits.ts';
import { createAccept } from '../../../ingest/stages/accept.ts';
import { createAssessor } from '../../../ingest/stages/assess.ts';
import type { InterpretContext } from '../../../ingest/stages/interpret.ts';
import { KnownDevices } from '../../../ingest/stages/known-devices.ts';
import { createTracer } from '../../../ingest/stages/trace.ts';
import { decodeEntries } from '../../support/journal-entries.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');

const device = (id: string, more: Partial<Device> = {}): Device => ({
  provider: 'ulm',
  id,
  kind: 'air',
  public: false,
  createdAt: 0,
  ...more,
});

/** The way in before a journal whose records settle when the test says so. */
async function bench({ isFast = true, isDeaf = false, refuse = '' } = {}) {
  const registry = createMemoryRegistry();
  await registry.putDevice(device('a'));
  await registry.putDevice(device('b', { correction: { method: 'koehler', kappa: 0.3 } }));
  const records: Buffer[] = [];
  const waiting: Appended[] = [];
  const live: LiveReadings[][] = [];
  const acks: (string | undefined)[] = [];
  const assessor = createAssessor({ registry });
  const devices = new KnownDevices(registry, assessor);
  const tracer = createTracer();
  const metrics = new MetricsRegistry();
  const admit: InterpretContext['admit'] = (_, key) =>
    registry.device(key) ? undefined : { reason: 'unknown-device', detail: 'unknown' };
  const { accept, acceptBurst } = createAccept({
    journal: {
      append(payload: Payload, appended) {
        const record = Buffer.from(payload as string);
        if (refuse !== '' && record.includes(refuse)) return appended(new NotKept('no'), -1);
        records.push(record);
        waiting.push(appended);
      },
    },
    counters: createReadingCounters(metrics),
    context: (arrival) => ({
      oldestAt: arrival.receivedAt - 90 * 86_400_000,
      dialectOf: (key) => registry.device(key)?.dialect,
      admit,
    }),
    assessor,
    devices: isFast ? devices : { of: () => undefined, at: () => undefined },
    tracer,
    clock: () => receivedAt + 40,
    live: {
      isWanted: () => true,
      readings(batch) {
        if (isDeaf) throw new Error('deaf');
        live.push([...batch]);
      },
      ack: ({ commandAck }) => void acks.push(commandAck),
    },
  });
  const commit = async (error?: Error): Promise<void> => {
    await gathered();
    for (let next = waiting.shift(); next; next = waiting.shift()) next(error, error ? -1 : 0);
  };
  const entries = (): JournalEntry[] => records.flatMap(decodeEntries);
  const metric = async (name: string): Promise<number | undefined> => {
    const line = (await metrics.metrics()).split('\n').find((text) => text.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };
  return {
    registry,
    accept,
    acceptBurst: (burst: Burst, settle: (error?: Error) => void) => acceptBurst(burst, { settle }),
    records,
    waiting,
    live,
    acks,
    tracer,
    commit,
    entries,
    metric,
  };
}

const between = 'header';

/** Messages as they lie in what a socket gave: `[id of the device, payload]`. */
function burst(messages: readonly (readonly [string, string])[]): Burst {
  const starts: number[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const [, payload] of messages) {
    starts.push(end + between.length);
    end += between.length + payload.length;
    ends.push(end);
  }
  const text = messages.map(([, payload]) => between + payload).join('');
  const topics = messages.map(([id]) => ({ topic: readingsTopic(`ulm/${id}`), known: undefined }));
  const account = { kind: 'provider', provider: 'ulm' } as const;
  return {
    account,
    receivedAt,
    bytes: Buffer.from(text),
    count: topics.length,
    topics,
    starts,
    ends,
    qos: 1,
  };
}

const good = (seconds: number): string =>
  `{"at":${receivedAt / 1_000 - 100 + seconds},"pm10":12.3,"pm2_5":8.1}`;

describe('a burst', () => {
  it('settles with an error when any of it is not kept, after the last of it', async () => {
    const { acceptBurst, commit, live, tracer, metric } = await bench({ refuse: 'unknown-metric' });
    const settled: (Error | undefined)[] = [];
    acceptBurst(
      burst([
        ['a', good(1)],
        ['a', '{"pm11":1}'],
        ['b', good(2)],
      ]),
      (error) => settled.push(error),
    );
    expect(settled).toEqual([]);
    await commit();
    expect(settled).toEqual([expect.any(NotKept)]);
    // What is kept all the same is received, and will be a duplicate when it comes again.
    expect(live.flat().map((readings) => readings.device)).toEqual(['ulm/a', 'ulm/b']);
    expect(await metric('readings_received_total')).toBe(4);
    expect(await metric('ingest_kept_seconds_count')).toBe(0);
    expect(tracer.of('ulm/a').map(({ kept }) => kept)).toEqual([false, true]);
  });

  it('is heard by nobody and counted nowhere when the journal fails', async () => {
    const { acceptBurst, commit, live, tracer, metric } = await bench();
    const settled: (Error | undefined)[] = [];
    acceptBurst(
      burst([
        ['a', good(1)],
        ['a', good(2)],
      ]),
      (error) => settled.push(error),
    );
    await commit(new NotKept('disk'));
    expect(settled).toEqual([expect.any(NotKept)]);
    expect(live).toEqual([]);
    expect(await metric('readings_received_total')).toBe(0);
    expect(tracer.of('ulm/a').map(({ kept }) => kept)).toEqual([false, false]);
  });

  it('of nothing settles', async () => {
    const { acceptBurst, records } = await bench();
    const settled: unknown[] = [];
    acceptBurst(burst([]), (error) => settled.push(error));
    expect(settled).toEqual([undefined]);
    expect(records).toEqual([]);
  });

  it('of plain messages is one record, heard in one call, counted by message', async () => {
    const { acceptBurst, commit, records, entries, live, metric } = await bench();
    const settled: unknown[] = [];
    acceptBurst(
      burst([
        ['a', good(1)],
        ['a', good(2)],
        ['b', good(3)],
      ]),
      (error) => settled.push(error),
    );
    expect(settled).toEqual([]);
    expect(live).toEqual([]);
    await commit();
    expect(settled).toEqual([undefined]);
    expect(records.map(isPacked)).toEqual([true]);
    expect(entries().map((entry) => entry.device)).toEqual(['ulm/a', 'ulm/a', 'ulm/b']);
    expect(live).toHaveLength(1);
    expect(live[0]).toEqual(
      entries().map(({ device: key, readings }) => ({ device: key, receivedAt, readings })),
    );
    expect(await metric('readings_received_total')).toBe(6);
    expect(await metric('ingest_kept_seconds_count')).toBe(3);
    expect(await metric('ingest_kept_seconds_sum')).toBeCloseTo(0.12);
  });

  it('keeps the order of what is plain and what is not', async () => {
    const { acceptBurst, commit, records, entries } = await bench();
    acceptBurst(
      burst([
        ['a', good(1)],
        ['a', '{"pm10":-5,"pm2_5":3}'],
        ['a', good(2)],
        ['c', good(3)],
      ]),
      () => {},
    );
    await commit();
    expect(records.map(isPacked)).toEqual([true, false, true, false]);
    expect(entries().map(({ rejected }) => rejected?.rejections[0]?.reason)).toEqual([
      undefined,
      'out-of-range',
      undefined,
      'unknown-device',
    ]);
  });

  it('remembers the last messages of each device', async () => {
    const { acceptBurst, commit, tracer } = await bench();
    const sent = Array.from({ length: 9 }, (_, n) => ['a', good(n)] as const);
    acceptBurst(burst([...sent.slice(0, 5), ['b', good(1)], ...sent.slice(5)]), () => {});
    expect(tracer.of('ulm/a')[0]?.kept).toBeUndefined();
    await commit();
    expect(tracer.of('ulm/a').map(({ payload }) => payload.data)).toEqual([8, 7, 6].map(good));
    expect(tracer.of('ulm/b')).toMatchObject([
      { dialect: 'native', kept: true, acceptedCount: 2, untimedCount: 0 },
    ]);
  });

  it('goes message by message when it would look like the beginning of a record', async () => {
    const { acceptBurst, commit, records, entries, live } = await bench();
    const bytes = Buffer.concat([Buffer.alloc(2), frameMagic, Buffer.from([0x00, 0x40])]);
    const settled: unknown[] = [];
    const hostile = `{"power":${bytes.readDoubleLE()}}`;
    acceptBurst(
      burst([
        ['a', good(1)],
        ['a', hostile],
      ]),
      (error) => settled.push(error),
    );
    await commit();
    expect(records.map(isPacked)).toEqual([false, false]);
    expect(entries()[1]?.readings[0]?.value).toBe(bytes.readDoubleLE());
    expect(settled).toEqual([undefined]);
    expect(live.flat()).toHaveLength(2);
  });
});

describe('bursts of one turn and one instant', () => {
  it('share a record, and each settles in its order with what became of it', async () => {
    const { acceptBurst, commit, records, entries, live } = await bench();
    const settled: unknown[] = [];
    for (const id of ['a', 'b', 'a'])
      acceptBurst(burst([[id, good(1)]]), (error) => settled.push([id, error]));
    await commit();
    expect(records.map(isPacked)).toEqual([true]);
    expect(entries().map((entry) => entry.device)).toEqual(['ulm/a', 'ulm/b', 'ulm/a']);
    expect(live).toHaveLength(1);
    expect(settled).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['a', undefined],
    ]);
    settled.length = 0;
    for (const id of ['a', 'b'])
      acceptBurst(burst([[id, good(2)]]), (error) => settled.push(error));
    await commit(new NotKept('disk'));
    expect(settled).toEqual([expect.any(NotKept), expect.any(NotKept)]);
  });

  it('of another instant have a record of their own', async () => {
    const { acceptBurst, commit, entries, records } = await bench();
    acceptBurst(burst([['a', good(1)]]), () => {});
    acceptBurst({ ...burst([['a', good(1)]]), receivedAt: receivedAt + 1 }, () => {});
    await commit();
    expect(records).toHaveLength(2);
    expect(entries().map((entry) => entry.receivedAt)).toEqual([receivedAt, receivedAt + 1]);
  });

  it('are settled also when who hears of them fails', async () => {
    const { acceptBurst, commit } = await bench({ isDeaf: true });
    const settled: unknown[] = [];
    for (const payload of [good(1), '{"pm10":1,"pm11":1}'])
      acceptBurst(burst([['a', payload]]), (error) => settled.push(error));
    await expect(commit()).rejects.toThrow('deaf');
    await expect(commit()).rejects.toThrow('deaf');
    expect(settled).toEqual([undefined, undefined]);
  });

  it('with more than a record takes are split between messages', async () => {
    const { acceptBurst, commit, records, entries, tracer } = await bench();
    const count = ingestLimits.packedRowsMax / 2 + 1;
    acceptBurst(burst(Array.from({ length: count }, (_, n) => ['a', good(n / 1_000)])), () => {});
    await commit();
    expect(records.map(isPacked)).toEqual([true, true]);
    expect(entries()).toHaveLength(count);
    expect(tracer.of('ulm/a').map(({ kept }) => kept)).toEqual([true, true, true]);
  });
});

describe('what is known of a device', () => {
  it('is looked up again when its description changes or it is removed', async () => {
    const { registry, acceptBurst, entries } = await bench();
    const send = async (): Promise<JournalEntry | undefined> => {
      acceptBurst(burst([['a', good(1)]]), () => {});
      await gathered();
      return entries().at(-1);
    };
    expect((await send())?.rejected).toBeUndefined();
    await registry.putDevice(device('a', { dialect: 'senml' }));
    expect((await send())?.readings).toEqual([]);
    await registry.putDevice(device('a', { quality: { pm10: { range: [0, 1] } } }));
    expect((await send())?.readings[0]?.flag).toBe(4);
    await registry.deleteDevice('ulm/a');
    expect((await send())?.rejected?.rejections[0]?.reason).toBe('unknown-device');
    await registry.putDevice(device('a'));
    expect((await send())?.rejected).toBeUndefined();
  });
});

const { index, next } = createRandom(66);

function anyPayload(): string {
  const at = `"at":${receivedAt / 1_000 - index(500)}`;
  const values = `"pm2_5":${(next() * 90).toFixed(1)},"relative_humidity":${index(110)}`;
  const forms = [
    `{${at},${values}}`,
    `{${values}}`,
    `{"readings":[{${at},${values}},{"at":${receivedAt / 1_000 - index(500)},"pm10":${index(30)}}]}`,
    `{${at},"pm10":"12.5"}`,
    `{${at},"pm10":1e1}`,
    '[{"bn":"","n":"pm10","v":12}]',
    '{"sensordatavalues":[{"value_type":"SDS_P1","value":"12.3"}]}',
  ];
  return forms[index(3) === 0 ? index(forms.length) : 0] ?? '{}';
}

it('bursts come to the same as the same messages one by one, read in the general way', async () => {
  const fast = await bench();
  const slow = await bench({ isFast: false });
  const slowBurst = oneByOne(slow.accept);
  for (let round = 0; round < 150; round++) {
    const messages = Array.from(
      { length: 1 + index(12) },
      () => [['a', 'b', 'c'][index(20) === 0 ? 2 : index(2)] ?? 'a', anyPayload()] as const,
    );
    fast.acceptBurst(burst(messages), () => {});
    slowBurst(burst(messages), { settle() {} });
  }
  await fast.commit();
  await slow.commit();
  expect(fast.entries()).toEqual(slow.entries());
  expect(fast.entries().some(({ derived }) => derived !== undefined)).toBe(true);
  expect(fast.live.flat()).toEqual(slow.live.flat());
  for (const key of ['ulm/a', 'ulm/b'] as const)
    expect(fast.tracer.of(key)).toEqual(slow.tracer.of(key));
  for (const name of ['readings_received_total', 'ingest_kept_seconds_count'])
    expect(await fast.metric(name)).toBe(await slow.metric(name));
});

describe('a single message', () => {
  const message = (key: DeviceKey, payload: string, more = {}) => ({
    topic: readingsTopic(key),
    payload: Buffer.from(payload),
    qos: 1 as const,
    retain: false,
    receivedAt,
    ...more,
  });

  it.each([true, false])('tells what it came to (fast: %s)', async (isFast) => {
    const { accept, commit, tracer } = await bench({ isFast });
    const outcomes: (AcceptOutcome | undefined)[] = [];
    const settle = (_: unknown, outcome?: AcceptOutcome) => void outcomes.push(outcome);
    accept(message('ulm/a', '{"pm10":12,"pm2_5":8}', { dialect: 'native' }), settle);
    accept(message('ulm/a', '{"pm10":12,"pm11":8}'), settle);
    await commit();
    expect(outcomes).toMatchObject([
      { device: 'ulm/a', accepted: 2, rejections: [] },
      { device: 'ulm/a', accepted: 1, rejections: [{ reason: 'unknown-metric' }] },
    ]);
    expect(tracer.of('ulm/a').map(({ untimedCount }) => untimedCount)).toEqual([1, 2]);
  });

  it('that is handed in once more is not traced, and its way counts no time', async () => {
    const { accept, commit, entries, tracer, metric } = await bench();
    accept(message('ulm/a', good(1), { replayOf: '1' }), () => {});
    await commit();
    expect(entries()).toMatchObject([{ device: 'ulm/a', readings: [{}, {}] }]);
    expect(tracer.of('ulm/a')).toEqual([]);
    expect(await metric('ingest_kept_seconds_count')).toBe(0);
  });

  it('may be an answer to a command, or a status', async () => {
    const { accept, commit, entries, acks, live } = await bench();
    accept({ ...message('ulm/a', 'done'), topic: 'city/v1/ulm/a/commands/ack' }, () => {});
    accept({ ...message('ulm/a', 'online'), topic: 'city/v1/ulm/a/status' }, () => {});
    await commit();
    expect(entries()).toMatchObject([{ commandAck: 'done' }, { online: true }]);
    expect(acks).toEqual(['done']);
    expect(live).toEqual([]);
  });
});
