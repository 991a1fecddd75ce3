import type { AedesPublishPacket, Client } from 'aedes';
import { describe, expect, it } from 'vitest';
import { type BrokerLimits, brokerLimits } from '../../broker/limits.ts';
import { BrokerPersistence } from '../../broker/persistence/persistence.ts';
import { SessionFilters } from '../../broker/persistence/session-filters.ts';

let counter = 0;
function packet(topic: string, payload = 'x', more: Partial<AedesPublishPacket> = {}) {
  counter += 1;
  const fixed = { cmd: 'publish', brokerId: 'b', retain: false, dup: false, qos: 1 } as const;
  return { ...fixed, topic, payload: Buffer.from(payload), brokerCounter: counter, ...more };
}

function open(limits: Partial<BrokerLimits> = {}) {
  const refused: string[] = [];
  const persistence = new BrokerPersistence(
    { ...brokerLimits, ...limits },
    {
      refuse: (reason, account) => void refused.push(`${reason} ${account}`),
      isGranted: () => true,
      confirmed: () => undefined,
      isConnected: () => false,
      expired: () => {},
      clock: () => 0,
    },
  );
  const session = async (id: string, more: { isPlatform?: boolean; clean?: boolean } = {}) => {
    persistence.open(id, { owner: `device:${id}`, isPlatform: false, clean: false, ...more });
    const client = { id } as Client;
    await persistence.addSubscriptions(client, [{ topic: `city/${id}`, qos: 1 }]);
    return client;
  };
  const publish = async (one: AedesPublishPacket) =>
    persistence.outgoingEnqueueCombi(await persistence.subscriptionsByTopic(one.topic), one);
  const queued = async (client: Client) =>
    (await persistence.outgoingStream(client).toArray()) as AedesPublishPacket[];
  return { persistence, refused, session, publish, queued };
}

describe('what the broker keeps in memory', () => {
  it('finds sessions by concrete and wildcard filters, each once', () => {
    const filters = new SessionFilters();
    filters.set('city/v1/p/a/commands', 'one', 1);
    filters.set('city/v1/p/+/commands', 'one', 1);
    filters.set('city/v1/+/+/commands', 'two', 1);
    filters.set('city/#', 'three', 1);
    filters.set('city/v1/q/+/commands', 'four', 1);
    expect([...filters.match('city/v1/p/a/commands')].sort()).toEqual(['one', 'three', 'two']);
    expect([...filters.match('city')]).toEqual(['three']);
    filters.delete('city/v1/+/+/commands', 'two');
    filters.delete('city/v1/p/a/commands', 'one');
    expect([...filters.match('city/v1/p/a/commands')].sort()).toEqual(['one', 'three']);
  });

  it('sends an unacknowledged message again, marked DUP and under its id', async () => {
    const { persistence, session, publish, queued } = open();
    const client = await session('a');
    await publish(packet('city/a', 'one'));
    await publish(packet('city/a', 'two'));
    const [one, two] = await queued(client);
    if (!one || !two) throw new Error('two were queued');
    await persistence.outgoingUpdate(client, { ...one, messageId: 7 });
    await persistence.outgoingUpdate(client, { ...two, messageId: 8 });
    await persistence.outgoingClearMessageId(client, { messageId: 7 });
    const again = await queued(client);
    expect(again.map(({ payload, dup, messageId }) => [`${payload}`, dup, messageId])).toEqual([
      ['two', true, 8],
    ]);
    expect(persistence.isIdTaken('a', 8)).toBe(true);
    expect(await persistence.outgoingClearMessageId(client, { messageId: 8 })).toBeDefined();
    expect(persistence.isIdTaken('a', 8)).toBe(false);
  });

  it('bounds queue bytes over all sessions and frees them with the acknowledgement', async () => {
    const { persistence, session, publish, queued, refused } = open({ queuedBytesMax: 2_000 });
    const client = await session('a');
    await publish(packet('city/a', 'x'.repeat(1_500)));
    await publish(packet('city/a', 'x'.repeat(1_500)));
    expect(refused).toEqual(['queue-full device:a']);
    const [first] = await queued(client);
    await persistence.outgoingUpdate(client, { ...packet(''), ...first, messageId: 1 });
    await persistence.outgoingClearMessageId(client, { messageId: 1 });
    await publish(packet('city/a', 'x'.repeat(1_500)));
    expect(await queued(client)).toHaveLength(1);
    persistence.open('a', { owner: 'device:a', isPlatform: false, clean: true });
    await session('b');
    await publish(packet('city/b', 'x'.repeat(1_500)));
    expect(refused).toHaveLength(1);
  });

  it('forgets the session that was away the longest, never one of the platform', async () => {
    const { persistence, session } = open({ sessionsMax: 2 });
    await session('sensorplatz-ingest', { isPlatform: true });
    await session('a');
    await session('b');
    expect(persistence.ownerOf('a')).toBeUndefined();
    expect(persistence.ownerOf('b')).toBe('device:b');
    expect(persistence.ownerOf('sensorplatz-ingest')).toBeDefined();
    expect([...(await persistence.subscriptionsByTopic('city/a'))]).toEqual([]);
  });

  it('bounds retained messages and forgets one with an empty payload', async () => {
    const { persistence, refused } = open({ retainedMax: 1 });
    const retained = async (filter: string) =>
      (await persistence.createRetainedStreamCombi([filter]).toArray()).length;
    await persistence.storeRetained(packet('a/1'));
    await persistence.storeRetained(packet('a/2'));
    expect(refused).toEqual(['queue-full retained']);
    expect([await retained('a/#'), await retained('a/1'), await retained('a/2')]).toEqual([
      1, 1, 0,
    ]);
    await persistence.storeRetained(packet('a/1', ''));
    await persistence.storeRetained(packet('a/2'));
    expect(await retained('+/+')).toBe(1);
  });

  it('says how much a session of the platform can take, to half of its bound', async () => {
    const { persistence, session, publish, queued } = open({ queuedPerPlatformSessionMax: 4 });
    const client = await session('sensorplatz-ingest', { isPlatform: true });
    expect(persistence.platformInterest.count('readings')).toBe(0);
    await persistence.addSubscriptions(client, [{ topic: 'city/v1/+/+/readings', qos: 1 }]);
    expect(persistence.platformInterest.count('readings')).toBe(1);
    await publish(packet('city/v1/p/a/readings'));
    expect(persistence.platformRoom()).toBe(1);
    await publish(packet('city/v1/p/a/readings'));
    expect(persistence.platformRoom()).toBe(0);
    const [first] = await queued(client);
    await persistence.outgoingUpdate(client, { ...packet(''), ...first, messageId: 1 });
    await persistence.outgoingClearMessageId(client, { messageId: 1 });
    expect(persistence.platformRoom()).toBe(1);
  });
});
