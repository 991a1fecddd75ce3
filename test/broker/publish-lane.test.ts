import { describe, expect, it } from 'vitest';
import type { Burst } from '../../broker/bus/burst.ts';
import { NotKept } from '../../broker/bus/bus.ts';
import { parseTopic } from '../../broker/contract/topics.ts';
import { ReadingsTopics } from '../../broker/readings-topics.ts';
import { createRandom } from '../../firmware-sim/random.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import {
  addDevice,
  asAdmin,
  asProvider,
  connectClient,
  openClient,
  rawSocket,
  signedIn,
  startBroker,
  type TestBroker,
  type TestBrokerOptions,
  webSocketServer,
} from './harness.ts';
import { connectPacket, publishPacket, subscribePacket } from './packets.ts';

const readings = 'city/v1/umwelt/a1/readings';
const status = 'city/v1/umwelt/a1/status';

/** A broker of which the bursts wait in `bursts` until the test settles them. */
async function startWithBursts(config: TestBrokerOptions['config'] = {}) {
  const bursts: { burst: Burst; settle: (error?: Error) => void }[] = [];
  const test = await startBroker({
    config,
    deps: {
      accept: (message, settle) => {
        test.ingest.accept(message, settle);
      },
      acceptBurst: (burst, settlement) => {
        const { account, receivedAt, bytes, count, qos } = burst;
        const [topics, starts, ends] = [burst.topics, burst.starts, burst.ends];
        // The burst itself holds for this call only.
        const own = {
          ...{ account, receivedAt, bytes, count, qos },
          topics: topics.slice(0, count),
          starts: starts.slice(0, count),
          ends: ends.slice(0, count),
        };
        bursts.push({ burst: own, settle: (error) => settlement.settle(error) });
      },
    },
  });
  return { test, bursts };
}

const signedInProvider = (test: TestBroker) =>
  signedIn(
    test,
    connectPacket({ clientId: 'raw', username: 'umwelt', password: test.providerToken }),
  );

const publishes = (ids: readonly number[], more: { topic?: string; qos?: 0 | 1 } = {}) =>
  Buffer.concat(
    ids.map((messageId) =>
      publishPacket({ topic: readings, payload: `${messageId}`, qos: 1, messageId, ...more }),
    ),
  );
const acks = (...ids: number[]) => ids.flatMap((id) => [0x40, 2, id >> 8, id & 0xff]);
const pingResp = [0xd0, 0];
const ping = Buffer.from([0xc0, 0]);

const textsOf = ({ bytes, starts, ends }: Burst) =>
  starts.map((start, index) => bytes.toString('utf8', start, ends[index]));

describe('publishes of readings that come together', () => {
  it('go to ingest as one burst, and are acknowledged in their order when it settles', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    const other = 'city/v1/umwelt/b2/readings';
    raw.socket.write(
      Buffer.concat([publishes([7, 300, 9]), publishes([65_535], { topic: other }), ping]),
    );
    await until('the PINGRESP', () => raw.received().length === 6);
    expect(bursts).toHaveLength(1);
    expect(bursts[0]?.burst).toMatchObject({
      qos: 1,
      topics: [readings, readings, readings, other].map((topic) =>
        expect.objectContaining({ topic }),
      ),
      account: { kind: 'provider', provider: 'umwelt' },
    });
    expect(bursts.map(({ burst }) => textsOf(burst))).toEqual([['7', '300', '9', '65535']]);
    expect(await test.metric('mqtt_pending_acks')).toBe(4);
    for (const error of [undefined, undefined, new NotKept()]) bursts[0]?.settle(error);
    raw.socket.write(ping);
    await until('the next PINGRESP', () => raw.received().length === 24);
    expect([...raw.received().subarray(4)]).toEqual([
      ...pingResp,
      ...acks(7, 300, 9, 65_535),
      ...pingResp,
    ]);
    expect(await test.metric('mqtt_pending_acks')).toBe(0);
    expect(test.ingest.messages).toEqual([]);
  });

  it('are bursts of one QoS each', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    raw.socket.write(
      Buffer.concat([publishes([1, 2]), publishes([3, 4], { qos: 0 }), publishes([5]), ping]),
    );
    await until('the PINGRESP', () => raw.received().length === 6);
    expect(bursts.map(({ burst }) => [burst.qos, textsOf(burst)])).toEqual([
      [1, ['1', '2']],
      [0, ['3', '4']],
      [1, ['5']],
    ]);
    for (const { settle } of bursts) settle();
    await until('the PUBACKs', () => raw.received().length === 18);
    expect([...raw.received().subarray(6)]).toEqual(acks(1, 2, 5));
  });

  it('wait for the CONNACK when they come behind a CONNECT', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await rawSocket(test);
    const { providerToken: password } = test;
    const connect = { clientId: 'raw', username: 'umwelt', password, clean: false };
    raw.socket.write(Buffer.concat([connectPacket(connect), publishes([1, 2])]));
    await until('the PUBACKs', () => raw.received().length === 12);
    expect([...raw.received()]).toEqual([0x20, 2, 0, 0, ...acks(1, 2)]);
    expect([test.ingest.messages.length, bursts.length]).toEqual([2, 0]);
  });

  it('come over WebSocket as well', async () => {
    const { test, bursts } = await startWithBursts();
    const port = await webSocketServer(test);
    const client = await connectClient({ port }, { ...asProvider(test), protocol: 'ws' });
    const published = client.publishAsync(readings, 'x', { qos: 1 });
    await until('the burst', () => bursts.length === 1);
    bursts[0]?.settle();
    await published;
  });

  it('are not acknowledged before a retained status in front of them, which has to be on disk', async () => {
    const folder = makeTempFolder();
    const { test, bursts } = await startWithBursts({ statePath: folder.path });
    test.ingest.hold = true;
    const raw = await signedInProvider(test);
    const online = {
      topic: status,
      payload: 'online',
      qos: 1,
      retain: true,
      messageId: 5,
    } as const;
    raw.socket.write(Buffer.concat([publishPacket(online), publishes([6])]));
    await until('both', () => bursts.length === 1 && test.ingest.held.length === 1);
    test.ingest.held.splice(0)[0]?.();
    bursts[0]?.settle();
    await until('both PUBACKs', () => raw.received().length === 12);
    expect([...raw.received().subarray(4)]).toEqual(acks(5, 6));
    folder.remove();
  });

  it('hold back a SUBSCRIBE and a DISCONNECT behind them until they have settled', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    const filter = 'city/v1/umwelt/a1/commands';
    raw.socket.write(Buffer.concat([publishes([1]), subscribePacket(filter), publishes([2])]));
    await until('the burst', () => bursts.length === 1);
    bursts.pop()?.settle();
    await until('the rest', () => test.ingest.messages.length + bursts.length === 1);
    for (const { settle } of bursts.splice(0)) settle();
    await until('the answers', () => raw.received().length === 17);
    expect([...raw.received().subarray(4, 8)]).toEqual(acks(1));
    raw.socket.write(Buffer.concat([publishes([3]), Buffer.from([0xe0, 0])]));
    await until('the burst', () => bursts.length === 1);
    bursts.pop()?.settle();
    await raw.closed();
    expect([...raw.received().subarray(17)]).toEqual(acks(3));
  });

  it('that are not kept get no PUBACK, nor does what is behind them, and the connection ends', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    raw.socket.write(Buffer.concat([publishes([1, 2]), ping, publishes([3])]));
    await until('two bursts', () => bursts.length === 2);
    bursts[0]?.settle(new NotKept('disk full'));
    bursts[1]?.settle();
    await raw.closed();
    expect([...raw.received().subarray(4)]).toEqual(pingResp);
    expect(await test.refused('overloaded')).toBe(3);
  });

  it('are acknowledged while the broker stops', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    raw.socket.write(publishes([1, 2]));
    await until('the burst', () => bursts.length === 1);
    const stopped = test.broker.stop();
    bursts[0]?.settle();
    await stopped;
    await raw.closed();
    expect([...raw.received().subarray(4)]).toEqual(acks(1, 2));
  });

  it('go the general way while somebody subscribes to readings', async () => {
    const { test, bursts } = await startWithBursts();
    const raw = await signedInProvider(test);
    const admin = await connectClient(test, asAdmin);
    const heard: string[] = [];
    admin.on('message', (_topic, payload) => heard.push(payload.toString()));
    await admin.subscribeAsync('city/v1/umwelt/+/readings');
    raw.socket.write(publishes([1, 2]));
    await until('both', () => heard.length === 2);
    expect([heard, bursts.length]).toEqual([['1', '2'], 0]);
    await admin.unsubscribeAsync('city/v1/umwelt/+/readings');
    raw.socket.write(publishes([3, 4]));
    await until('a burst', () => bursts.length === 1);
    bursts[0]?.settle();
    await until('all PUBACKs', () => raw.received().length === 20);
    expect([...raw.received().subarray(4)]).toEqual(acks(1, 2, 3, 4));
  });

  it('go the general way while a session that sleeps subscribes to readings', async () => {
    const { test, bursts } = await startWithBursts();
    const session = { ...asAdmin, clientId: 'sleeper', clean: false };
    const admin = await connectClient(test, session);
    await admin.subscribeAsync('city/v1/umwelt/+/readings', { qos: 1 });
    await admin.endAsync();
    await until('the end', async () => (await test.metric('mqtt_connected_clients')) === 0);
    const raw = await signedInProvider(test);
    raw.socket.write(publishes([1, 2]));
    await until('the PUBACKs', () => raw.received().length === 12);
    expect(bursts).toEqual([]);
    const heard: string[] = [];
    const again = openClient(test, session);
    again.on('message', (_topic, payload) => heard.push(payload.toString()));
    await until('both', () => heard.length === 2);
  });

  it('are refused from the moment on that their device is not registered any more', async () => {
    const { test, bursts } = await startWithBursts({ enrolment: 'closed' });
    await addDevice(test.registry, 'umwelt/b2');
    const raw = await signedInProvider(test);
    const topic = 'city/v1/umwelt/b2/readings';
    raw.socket.write(publishes([1], { topic }));
    await until('the burst', () => bursts.length === 1);
    await test.registry.deleteDevice('umwelt/b2');
    raw.socket.write(publishes([2], { topic }));
    await raw.closed();
    expect(bursts).toHaveLength(1);
    expect(await test.refused('forbidden-publish')).toBe(1);
    bursts[0]?.settle();
  });
});

describe('topics of readings by their bytes', () => {
  it('are found as the topic grammar says, also when they meet in a slot', () => {
    const topics = new ReadingsTopics();
    const random = createRandom(3);
    const levels = ['city', 'v1', 'live', 'umwelt', 'a', 'ä', '', '+', 'readings', 'status'];
    const texts = Array.from({ length: 2_000 }, (_, index) => {
      if (index % 2 === 0) return `city/v1/umwelt/d${random.index(200_000)}/readings`;
      const middle = [0, 1].map(() => levels[random.index(levels.length)]).join('/');
      return `city/v1/${middle}/${levels[random.index(levels.length)]}`;
    });
    const misses = [...texts, ...texts].filter((text) => {
      const bytes = Buffer.from(`xx${text}yy`);
      const found = topics.find(bytes, 2, bytes.length - 2);
      const parsed = parseTopic(text);
      const wanted =
        parsed?.kind === 'readings' ? { topic: text, alone: [text], parsed } : undefined;
      return JSON.stringify(found) !== JSON.stringify(wanted);
    });
    expect(misses).toEqual([]);
  });
});
