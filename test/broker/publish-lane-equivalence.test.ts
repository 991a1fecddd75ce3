import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { oneByOne } from '../../broker/bus/burst.ts';
import { refusalReasons } from '../../broker/contract/rejection.ts';
import { createRandom, type Random } from '../../firmware-sim/random.ts';
import { until } from '../support/until.ts';
import { openWire, type Wire } from './conformance/wire.ts';
import { fakeIngest, startBroker, type TestBroker } from './harness.ts';
import { connectPacket, publishPacket, subscribePacket } from './packets.ts';

/** Small, so that packets can be too large. */
const limits = { payloadBytesMax: 300, packetBytesMax: 500, readBytesMax: 700 };
const own = (device: number) => `city/v1/umwelt/d${device}/readings`;
const good = { topic: own(1), payload: 'x', qos: 1, messageId: 9 } as const;
const ping = Buffer.from([0xc0, 0]);

/** One packet that is allowed, and whether something comes back for it. */
function goodPacket(random: Random, messageId: number): { bytes: Buffer; isAnswered: boolean } {
  const topic = own(random.index(3));
  const payload = 'x'.repeat(random.index(4) === 0 ? random.index(300) : random.index(30));
  const publish = (more: Partial<Parameters<typeof publishPacket>[0]>) => ({
    bytes: publishPacket({ topic, payload, qos: 1, messageId, ...more }),
    isAnswered: more.qos !== 0,
  });
  switch (random.index(24)) {
    case 0:
      return { bytes: ping, isAnswered: true };
    case 1:
      return { bytes: subscribePacket(own(1)), isAnswered: true };
    case 2:
      return publish({ qos: 2 });
    case 3:
      return publish({ retain: true });
    case 4:
      return publish({ topic: 'city/v1/umwelt/d1/status', retain: true });
    case 5:
      return publish({ dup: true });
    case 6:
    case 7:
    case 8:
      return publish({ qos: 0 });
    case 9:
      return { bytes: withLongLength(publish({}).bytes), isAnswered: true };
    case 10:
    case 11:
      // Whoever loses his place finds a packet in it.
      return publish({ payload: publishPacket({ ...good, payload: 'within' }).toString('latin1') });
    default:
      return publish({});
  }
}

/** The remaining length with a byte more than it needs. */
function withLongLength(packet: Buffer): Buffer {
  const lengthAt = (packet[1] ?? 0) >= 0x80 ? 2 : 1;
  return Buffer.concat([
    packet.subarray(0, lengthAt),
    Buffer.from([(packet[lengthAt] ?? 0) | 0x80, 0]),
    packet.subarray(lengthAt + 1),
  ]);
}

const body = (...bytes: number[]) => Buffer.from(bytes);
/** What ends a connection. */
const bad: Record<string, Buffer> = {
  'a foreign provider': publishPacket({ ...good, topic: 'city/v1/other/d1/readings' }),
  'a reserved provider': publishPacket({ ...good, topic: 'city/v1/admin/d1/readings' }),
  'an empty id': publishPacket({ ...good, topic: 'city/v1/umwelt//readings' }),
  'a level too many': publishPacket({ ...good, topic: `${own(1)}/` }),
  'a wildcard': publishPacket({ ...good, topic: 'city/v1/umwelt/+/readings' }),
  'U+0000': publishPacket({ ...good, topic: 'city/v1/umwelt/d\u0000/readings' }),
  'a letter beyond ASCII': publishPacket({ ...good, topic: 'city/v1/umwelt/dä/readings' }),
  'a topic that is not UTF-8': publishPacket({
    ...good,
    topic: Buffer.from('city/v1/umwelt/d\xe4/readings', 'latin1'),
  }),
  'no topic': publishPacket({ ...good, topic: '' }),
  'packet id 0': publishPacket({ ...good, messageId: 0 }),
  'DUP with QoS 0': publishPacket({ ...good, qos: 0, dup: true }),
  'QoS 3': body(0x36, 3, 0, 1, 0x61),
  'a payload that is too large': publishPacket({ ...good, payload: 'x'.repeat(301) }),
  'a packet that is too large': publishPacket({ ...good, payload: 'x'.repeat(501) }),
  'a topic longer than its packet': body(0x32, 4, 0, 90, 0x61, 0x62),
  'no room for the id': Buffer.concat([
    body(0x32, own(1).length + 3, 0, own(1).length),
    Buffer.from(`${own(1)}x`),
  ]),
  'no room for a topic': body(0x32, 1, 0),
  'no body': body(0x32, 0),
  'a length of five bytes': body(0x32, 0x80, 0x80, 0x80, 0x80, 1),
  'a second CONNECT': connectPacket({ clientId: 'again' }),
  'a packet of servers': body(0x40, 2, 0, 1, 0xd0, 0),
  'PUBACK of no length': body(0x40, 0),
};

interface Way {
  test: TestBroker;
  /** Messages of all bursts. */
  inBursts: () => number;
}

async function startWay(withoutLane: boolean): Promise<Way> {
  const ingest = fakeIngest();
  let count = 0;
  const take = oneByOne(ingest.accept);
  const deps = {
    limits,
    accept: ingest.accept,
    ...(!withoutLane && {
      acceptBurst: (...[burst, settle]: Parameters<typeof take>) => {
        count += burst.count;
        take(burst, settle);
      },
    }),
  };
  const test = await startBroker({ withoutLane, deps });
  return { test: { ...test, ingest }, inBursts: () => count };
}

async function signIn({ port, providerToken }: TestBroker): Promise<Wire> {
  const wire = await openWire(port);
  wire.send(connectPacket({ clientId: 'raw', username: 'umwelt', password: providerToken }));
  expect(await wire.next(2_000)).toBe('connack 0 0');
  return wire;
}

/** Sends a stream in pieces, with turns of the event loop between some of them. */
async function sendInPieces(wire: Wire, bytes: Buffer, random: Random): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const size = random.index(3) === 0 ? 1 + random.index(5) : 1 + random.index(900);
    wire.send(bytes.subarray(at, at + size));
    at += size;
    for (let turns = random.index(4); turns > 0; turns--) await nextTurn();
  }
}

async function answersOf(wire: Wire, count: number): Promise<string[]> {
  const answers: string[] = [];
  while (answers.length < count) answers.push(await wire.next(2_000));
  return answers;
}

/** Each kind of answer has an order of its own. */
function byKind(answers: readonly string[]): Record<string, string[]> {
  const kinds: Record<string, string[]> = {};
  for (const answer of answers) {
    const kind = answer.split(' ', 1)[0] ?? '';
    kinds[kind] = [...(kinds[kind] ?? []), answer];
  }
  return kinds;
}

/** What has happened at a broker, without what depends on time. */
async function outcomeOf({ test }: Way) {
  const messages = test.ingest.messages.splice(0).map(({ receivedAt, payload, ...rest }) => ({
    ...rest,
    payload: Buffer.from(payload).toString(),
  }));
  const refused = await Promise.all(
    refusalReasons.map(async (reason) => `${reason} ${await test.refused(reason)}`),
  );
  const received = await Promise.all(
    ['0', '1', '2'].map((qos) => test.metric('mqtt_publishes_received_total', { qos })),
  );
  return { messages, refused, received, pending: await test.metric('mqtt_pending_acks') };
}

/** Plays the same against a broker with the lane and one without. */
async function startBoth() {
  const ways = await Promise.all([startWay(false), startWay(true)]);
  return {
    each: <T>(play: (way: Way) => Promise<T>) => Promise.all(ways.map(play)),
    inBursts: ways.map(({ inBursts }) => inBursts),
  };
}

describe('the lane of readings and the general way', () => {
  it('do the same with random streams, cut at any byte', async () => {
    const { each, inBursts } = await startBoth();
    const seeds = Array.from({ length: 25 }, (_, seed) => seed);
    for (const seed of seeds) {
      const [lane, general] = await each(async (way) => {
        const random = createRandom(seed);
        const packets = Array.from({ length: 60 }, (_, index) => goodPacket(random, index + 1));
        const wire = await signIn(way.test);
        await sendInPieces(wire, Buffer.concat(packets.map(({ bytes }) => bytes)), random);
        const answers = await answersOf(wire, packets.filter((one) => one.isAnswered).length);
        wire.cut();
        return { answers: byKind(answers), ...(await outcomeOf(way)) };
      });
      expect(lane, `seed ${seed}`).toEqual(general);
      expect(lane?.messages.length).toBeGreaterThan(40);
    }
    // Neither of them is the other.
    expect(inBursts[0]?.()).toBeGreaterThan(seeds.length * 20);
    expect(inBursts[1]?.()).toBe(0);
  }, 20_000);

  it('end a connection in the same way on what is not allowed, between what is', async () => {
    const { each } = await startBoth();
    const random = createRandom(1);
    const publishes = Array.from({ length: 4 }, (_, index) =>
      publishPacket({ ...good, payload: `${index}`, messageId: index + 1 }),
    );
    for (const [name, packet] of Object.entries(bad)) {
      const stream = Buffer.concat([...publishes, packet, ...publishes]);
      for (const cut of [0, 1, 2].map(() => random.index(stream.length))) {
        const [lane, general] = await each(async (way) => {
          const wire = await signIn(way.test);
          wire.send(stream.subarray(0, cut));
          await nextTurn();
          wire.send(stream.subarray(cut));
          await until('the end', async () => (await wire.next(2_000)) === 'closed');
          return outcomeOf(way);
        });
        expect(lane, `${name}, cut at ${cut}`).toEqual(general);
        expect(lane?.messages, name).toHaveLength(4);
      }
    }
  }, 20_000);
});
