import { describe, expect, it } from 'vitest';
import { NotKept } from '../../broker/bus/bus.ts';
import { until } from '../support/until.ts';
import { asDevice, connectClient, openClient, signedInDevice, startBroker } from './harness.ts';
import { publishPacket } from './packets.ts';

const readings = 'city/v1/umwelt/a1/readings';
const connack = [0x20, 2, 0, 0];

describe.each([
  ['the lane of readings', false],
  ['the general way', true],
])('the settlement of publishes, on %s', (_, withoutLane) => {
  it('withholds the PUBACK until ingest has settled, and keeps the order', async () => {
    const test = await startBroker({ withoutLane });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    const packets = [7, 8, 9].map((messageId) =>
      publishPacket({ topic: readings, payload: `${messageId}`, qos: 1, messageId }),
    );
    raw.socket.write(Buffer.concat([...packets, Buffer.from([0xc0, 0])]));
    await until('three messages', () => test.ingest.messages.length === 3);
    // The ping behind them is answered, so a PUBACK would have been sent by now.
    await until('the PINGRESP', () => raw.received().length === 6);
    expect([...raw.received()]).toEqual([...connack, 0xd0, 0]);
    expect(await test.metric('mqtt_pending_acks')).toBe(3);
    for (const settle of test.ingest.held.splice(0)) settle();
    await until('three PUBACKs', () => raw.received().length === 18);
    expect([...raw.received().subarray(6)]).toEqual([0x40, 2, 0, 7, 0x40, 2, 0, 8, 0x40, 2, 0, 9]);
    expect(await test.metric('mqtt_pending_acks')).toBe(0);
  });

  it('acknowledges once when ingest settles twice', async () => {
    const test = await startBroker({ withoutLane });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    raw.socket.write(publishPacket({ topic: readings, payload: 'x', qos: 1, messageId: 7 }));
    await until('the message', () => test.ingest.held.length === 1);
    const [settle] = test.ingest.held;
    settle?.();
    settle?.();
    settle?.(new NotKept());
    raw.socket.write(Buffer.from([0xc0, 0]));
    await until('the PINGRESP', () => raw.received().subarray(-2).toString('hex') === 'd000');
    expect([...raw.received().subarray(4)]).toEqual([0x40, 2, 0, 7, 0xd0, 0]);
  });

  it('drops QoS 0 that could not be kept and stays connected', async () => {
    const test = await startBroker({ withoutLane });
    test.ingest.hold = true;
    const device = await connectClient(test, asDevice(test));
    device.publish(readings, 'x');
    await until('the message', () => test.ingest.held.length === 1);
    test.ingest.held.splice(0)[0]?.(new NotKept('disk full'));
    test.ingest.hold = false;
    await device.publishAsync(readings, 'y', { qos: 1 });
    expect(await test.refused('overloaded')).toBe(1);
  });

  it('hands a DUP on like any other message', async () => {
    const test = await startBroker({ withoutLane });
    const raw = await signedInDevice(test);
    const packet = { topic: readings, payload: 'again', qos: 1, messageId: 5 } as const;
    raw.socket.write(
      Buffer.concat([publishPacket(packet), publishPacket({ ...packet, dup: true })]),
    );
    await until('two PUBACKs', () => raw.received().length === 12);
    expect(test.ingest.messages).toHaveLength(2);
  });

  it('beyond the hard bound drops QoS 0 and cuts off QoS 1', async () => {
    const limits = { pendingPerClientMax: 5, pendingOvershoot: 2 };
    const test = await startBroker({ withoutLane, deps: { limits } });
    test.ingest.hold = true;
    const raw = await signedInDevice(test);
    const flood = (qos: 0 | 1) =>
      raw.socket.write(
        Buffer.concat(
          Array.from({ length: 20 }, (_, index) =>
            publishPacket({ topic: readings, payload: 'x', qos, messageId: index + 1 }),
          ),
        ),
      );
    flood(0);
    await until('ten dropped', async () => (await test.refused('overloaded')) === 10);
    expect(raw.isClosed()).toBe(false);
    for (const settle of test.ingest.held.splice(0)) settle();
    flood(1);
    await raw.closed();
    expect([...raw.received()]).toEqual(connack);
  });

  it('settles what is under way before it stops, and sends no wills for that', async () => {
    const test = await startBroker({ withoutLane });
    test.ingest.hold = true;
    const device = openClient(test, {
      ...asDevice(test),
      will: {
        topic: 'city/v1/umwelt/a1/status',
        payload: Buffer.from('offline'),
        qos: 1,
        retain: true,
      },
    });
    await until('the connection', () => device.connected);
    const published = device.publishAsync(readings, 'x', { qos: 1 });
    await until('the message', () => test.ingest.held.length === 1);
    const stopped = test.broker.stop();
    test.ingest.held.splice(0)[0]?.();
    await published;
    await stopped;
    expect(test.ingest.messages).toHaveLength(1);
    await until('the end', () => !device.connected);
  });
});
