import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AedesPublishPacket, Client } from 'aedes';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BrokerLimits, brokerLimits } from '../../broker/limits.ts';
import { BrokerPersistence } from '../../broker/persistence/persistence.ts';
import { openStateFile } from '../../broker/persistence/state-file.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { createSmallDisk, type SmallDisk } from '../torture/small-disk.ts';

const day = 86_400_000;
const disk = smallDisk();

function packet(topic: string, payload: string): AedesPublishPacket {
  const fixed = { cmd: 'publish', brokerId: 'b', brokerCounter: 1, retain: false } as const;
  return { ...fixed, topic, payload: Buffer.from(payload), qos: 1, dup: false };
}

async function open(
  statePath: string,
  more: { now?: number; connected?: string; limits?: Partial<BrokerLimits> } = {},
) {
  const expired: number[] = [];
  const persistence = new BrokerPersistence(
    { ...brokerLimits, ...more.limits },
    {
      refuse: () => {},
      isGranted: () => true,
      confirmed: () => undefined,
      isConnected: (clientId) => clientId === more.connected,
      expired: (count) => expired.push(count),
      clock: () => more.now ?? 0,
      statePath,
    },
  );
  await persistence.setup();
  const signIn = async (id: string, isPlatform = false) => {
    persistence.open(id, { owner: `device:${id}`, isPlatform, clean: false });
    const client = { id } as Client;
    await persistence.addSubscriptions(client, [{ topic: 'city/all', qos: 1 }]);
    return client;
  };
  const publish = async (one: AedesPublishPacket) =>
    persistence.outgoingEnqueueCombi(await persistence.subscriptionsByTopic(one.topic), one);
  const queued = async (id: string) => {
    const packets = await persistence.outgoingStream({ id }).toArray();
    return packets.map(({ payload }: AedesPublishPacket) => `${payload}`);
  };
  return { persistence, expired, signIn, publish, queued };
}

/** A state of some hundred pages. */
async function filledState(path: string): Promise<void> {
  const { persistence, signIn, publish } = await open(path);
  await signIn('a');
  for (let index = 0; index < 300; index += 1)
    await publish(packet('city/all', `${index} ${'x'.repeat(index % 3 ? 100 : 9_000)}`));
  await persistence.close();
}

describe('the state file of the broker', () => {
  it.each([0, 100, 4_096, 8_192, 0.3, 0.9])(
    'says in one sentence that it is damaged when it was cut to %s',
    async (cut) => {
      const path = join(tempFolder(), 'broker');
      await filledState(path);
      const file = join(path, 'data.mdb');
      const { size } = statSync(file);
      truncateSync(file, cut < 1 ? Math.floor(size * cut) : cut);
      const error = await open(path).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ code: 'state-unreadable' });
      expect(String(error)).toMatch(/state in .*broker cannot be read \(.+\)\. Restore it/);
    },
  );

  it('says so of a folder that is none, and of a file that is something else', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'plain'), '');
    const inside = join(folder, 'plain', 'broker');
    await expect(open(inside)).rejects.toMatchObject({ code: 'state-unreadable' });
    mkdirSync(join(folder, 'broker'));
    writeFileSync(join(folder, 'broker', 'data.mdb'), 'x'.repeat(20_000));
    await expect(open(join(folder, 'broker'))).rejects.toMatchObject({ code: 'state-unreadable' });
  });

  it('begins anew after a first start that was cut short', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'broker-new'));
    writeFileSync(join(folder, 'broker-new', 'data.mdb'), '');
    mkdirSync(join(folder, 'broker'));
    const { persistence, signIn } = await open(join(folder, 'broker'));
    await signIn('a');
    await persistence.close();
  });

  it('has what was promised on disk at the moment of the promise, without being closed', async () => {
    const path = join(tempFolder(), 'broker');
    const { persistence, signIn, publish } = await open(path);
    onTestFinished(() => persistence.close());
    await signIn('a');
    await publish(packet('city/all', 'command'));
    await persistence.storeRetained({ ...packet('city/kept', 'status'), retain: true });
    const { file, state } = openStateFile(path, (entries) => [...entries].map(([key]) => key));
    expect(state.sort()).toEqual(['q/1/1', 'r/city/kept', 's/1']);
    await file.close();
  });

  it('forgets sessions that did not return, with what waits in them; never one of the platform', async () => {
    const path = join(tempFolder(), 'broker');
    const before = await open(path, { now: 0 });
    for (const id of ['a', 'b']) await before.signIn(id);
    await before.signIn('sensorplatz-ingest', true);
    await before.publish(packet('city/all', 'waits'));
    await before.persistence.close();
    const soon = await open(path, { now: 7 * day, connected: 'b' });
    expect(soon.expired).toEqual([]);
    expect(await soon.queued('a')).toEqual(['waits']);
    await soon.persistence.close();
    const late = await open(path, { now: 7 * day + 1 });
    expect(late.expired).toEqual([1]);
    expect(late.persistence.ownerOf('a')).toBeUndefined();
    expect(await late.queued('b')).toEqual(['waits']);
    expect(await late.queued('sensorplatz-ingest')).toEqual(['waits']);
    await late.persistence.close();
    const { file, state } = openStateFile(path, (entries) => [...entries].length);
    expect(state).toBe(4);
    await file.close();
  });

  it('bounds QoS 2 ids of a client, also those of before', async () => {
    const path = join(tempFolder(), 'broker');
    const limits = { incomingPerClientMax: 2 };
    const two = { ...packet('city/all', 'x'), qos: 2 } as const;
    const before = await open(path, { limits });
    await before.signIn('a');
    expect(before.persistence.keep('a', { ...two, messageId: 1 })).toBe('written');
    expect(before.persistence.keep('a', { ...two, messageId: 2 })).toBe('written');
    await before.persistence.close();
    const { persistence } = await open(path, { limits });
    onTestFinished(() => persistence.close());
    expect(persistence.keep('a', { ...two, messageId: 3 })).toBe('full');
    await persistence.incomingDelPacket({ id: 'a' }, { messageId: 1 });
    expect(persistence.keep('a', { ...two, messageId: 3 })).toBe('written');
  });
});

describe.skipIf(disk === undefined)('the state file on a full disk', () => {
  it('promises nothing, drops nothing, and goes on when there is room', async () => {
    if (!disk) return;
    onTestFinished(() => disk.remove());
    const stray: unknown[] = [];
    const note = (error: unknown): void => void stray.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const { file } = openStateFile(join(disk.dataDir, 'broker'), () => undefined);
    onTestFinished(() => file.close());
    const durable = () => new Promise<unknown>((resolve) => file.whenDurable(resolve));
    file.put('r/before', Buffer.from('x'));
    expect(await durable()).toBeUndefined();
    disk.fill();
    for (let index = 0; index < 100; index += 1) file.put(`q/1/${index}`, Buffer.alloc(9_000));
    expect(await durable()).toMatchObject({ code: 'state-not-written' });
    expect(await durable()).toMatchObject({ code: 'state-not-written' });
    disk.free();
    await until('the disk to take it', async () => (await durable()) === undefined);
    const copy = openStateFile(join(disk.dataDir, 'broker'), (entries) => [...entries].length);
    expect(copy.state).toBe(101);
    expect(stray).toEqual([]);
    await copy.file.close();
  });
});

/** Undefined where nothing can be mounted. */
function smallDisk(): SmallDisk | undefined {
  try {
    return createSmallDisk(8);
  } catch {
    return undefined;
  }
}
