import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import {
  adminToken,
  asAdmin,
  asDevice,
  asProvider,
  connectClient,
  openClient,
  rawSocket,
  refusalCode,
  startBroker,
} from './harness.ts';
import { connectPacket } from './packets.ts';

describe('sign-in at the broker', () => {
  it('refuses a wrong password with CONNACK 4, counts it, and logs no secret', async () => {
    const test = await startBroker();
    const wrong = { username: 'umwelt', password: 'not-the-token' };
    expect(await refusalCode(test, wrong)).toBe(4);
    expect(await test.refused('bad-credentials')).toBe(1);
    expect(test.logged.join()).toContain('bad-credentials');
    expect(test.logged.join()).not.toContain('not-the-token');
    await connectClient(test, asProvider(test));
  });

  it('refuses a token under a foreign name', async () => {
    const test = await startBroker();
    expect(await refusalCode(test, { username: 'umwelt/a1', password: test.providerToken })).toBe(
      4,
    );
    expect(await refusalCode(test, { username: 'umwelt', password: test.deviceToken })).toBe(4);
    expect(await refusalCode(test, { username: 'admin', password: test.deviceToken })).toBe(4);
    expect(await refusalCode(test, { username: 'umwelt', password: adminToken })).toBe(4);
  });

  it('refuses whoever names nobody, unless enrolment is open', async () => {
    expect(await refusalCode(await startBroker(), {})).toBe(4);
    const open = await startBroker({ config: { enrolment: 'open' } });
    await connectClient(open);
    await until('one client', async () => (await open.metric('mqtt_connected_clients')) === 1);
  });

  it('lets admin, provider and device in', async () => {
    const test = await startBroker();
    await connectClient(test, asAdmin);
    await connectClient(test, asProvider(test));
    await connectClient(test, asDevice(test));
    expect(await test.metric('mqtt_connected_clients')).toBe(3);
  });

  it('closes the connections of a token that was replaced', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    const provider = await connectClient(test, asProvider(test));
    let isClosed = false;
    device.once('close', () => {
      isClosed = true;
    });
    await test.registry.issueToken({ kind: 'device', device: 'umwelt/a1' });
    await until('the connection to be closed', () => isClosed);
    expect(provider.connected).toBe(true);
    expect(await refusalCode(test, asDevice(test))).toBe(4);
  });

  it('closes the connection of a device that was deleted', async () => {
    const test = await startBroker();
    const device = await connectClient(test, asDevice(test));
    await test.registry.deleteDevice('umwelt/a1');
    await until('the connection to be closed', () => !device.connected);
  });

  it('does not let an account take over the client id of another one', async () => {
    const test = await startBroker();
    const owner = await connectClient(test, { ...asDevice(test), clientId: 'pump-7' });
    const thief = { ...asProvider(test), clientId: 'pump-7' };
    expect(await refusalCode(test, thief)).toBe(2);
    expect(owner.connected).toBe(true);
    expect(await test.refused('invalid-connect')).toBe(1);
  });

  it('does not let an account take over the sleeping session of another one', async () => {
    const test = await startBroker();
    const session = { clientId: 'pump-7', clean: false };
    const owner = await connectClient(test, { ...asDevice(test), ...session });
    await owner.subscribeAsync('city/v1/umwelt/a1/commands', { qos: 1 });
    await owner.endAsync();
    expect(await refusalCode(test, { ...asProvider(test), ...session })).toBe(2);
    expect(await refusalCode(test, { ...asProvider(test), clientId: 'pump-7' })).toBe(2);
  });

  it('lets an account take its own client id over, ending the older connection', async () => {
    const test = await startBroker();
    const older = await connectClient(test, { ...asDevice(test), clientId: 'pump-7' });
    const newer = await connectClient(test, { ...asDevice(test), clientId: 'pump-7' });
    await until('the older one to be closed', () => !older.connected);
    expect(newer.connected).toBe(true);
    await until('one client', async () => (await test.metric('mqtt_connected_clients')) === 1);
  });

  it('answers MQTT 5 and unknown protocol levels with CONNACK 1', async () => {
    const test = await startBroker();
    for (const level of [5, 6]) {
      const raw = await rawSocket(test);
      raw.socket.write(connectPacket({ clientId: 'five', level }));
      await raw.closed();
      expect([...raw.received()]).toEqual([0x20, 2, 0, 1]);
    }
    expect(await test.refused('unsupported-protocol')).toBe(2);
  });

  it('answers one client too many with CONNACK 3', async () => {
    const test = await startBroker({ deps: { limits: { clientsMax: 1 } } });
    const first = await connectClient(test, asProvider(test));
    expect(await refusalCode(test, asDevice(test))).toBe(3);
    expect(await test.refused('too-many-clients')).toBe(1);
    await first.endAsync();
    await until('room', async () => (await test.metric('mqtt_connected_clients')) === 0);
    await connectClient(test, asDevice(test));
  });

  it('refuses ill-formed client ids and an empty one that wants a session', async () => {
    const test = await startBroker();
    const { deviceToken: password } = test;
    for (const options of [
      { clientId: 'a\u0000b' },
      { clientId: 'x'.repeat(129) },
      { clientId: '', clean: false },
    ]) {
      const raw = await rawSocket(test);
      raw.socket.write(connectPacket({ username: 'umwelt/a1', password, ...options }));
      await raw.closed();
      expect([...raw.received()]).toEqual([0x20, 2, 0, 2]);
    }
  });

  it('closes a connection that never says who it is', async () => {
    const test = await startBroker({ deps: { limits: { connectTimeoutMs: 100 } } });
    const raw = await rawSocket(test);
    await raw.closed();
  });

  it.each([
    '#',
    'city/v1/umwelt/a1/#',
    'city/v1/umwelt/b2/status',
    '$SYS/x',
    'city/v1/live/umwelt/a1',
  ])('refuses a will on %j with CONNACK 5', async (topic) => {
    const test = await startBroker();
    const will = { topic, payload: Buffer.from('offline'), qos: 1 as const, retain: true };
    expect(await refusalCode(test, { ...asDevice(test), will })).toBe(5);
    expect(await test.refused('forbidden-will')).toBe(1);
  });

  it('hands the will of a vanished device to ingest, not that of one that says goodbye', async () => {
    const test = await startBroker();
    const will = {
      topic: 'city/v1/umwelt/a1/status',
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: true,
    };
    const polite = await connectClient(test, { ...asDevice(test), will });
    await polite.endAsync();
    const vanishing = openClient(test, { ...asDevice(test), will });
    await until('the connection', () => vanishing.connected);
    vanishing.stream.destroy();
    await until('the will', () => test.ingest.messages.length === 1);
    const [message] = test.ingest.messages;
    expect(message).toMatchObject({ topic: will.topic, qos: 1, retain: true });
    expect(message?.account).toEqual({ kind: 'device', device: 'umwelt/a1' });
    expect(Buffer.from(message?.payload ?? []).toString()).toBe('offline');
  });
});
