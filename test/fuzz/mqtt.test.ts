import { connect as connectSocket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDevice, connectClient, startBroker, type TestBroker } from '../broker/harness.ts';
import { connectPacket, publishPacket, subscribePacket } from '../broker/packets.ts';
import { until } from '../support/until.ts';
import { holds, mutated, timeoutMs } from './settings.ts';

const topic = 'city/v1/umwelt/a1/readings';

/** Sessions as good clients have them: what is damaged has been good once. */
function goodSessions({ deviceToken }: TestBroker): Buffer[] {
  const connect = (clientId: string, clean = true) =>
    connectPacket({ clientId, username: 'umwelt/a1', password: deviceToken, clean });
  const will = Buffer.from(
    '102c00044d5154540414003c0004776f726c0017636974792f76312f756d77656c742f61312f737461747573',
    'hex',
  );
  const publish = (qos: 0 | 1 | 2, messageId: number, payload = '{"pm10":1}') =>
    publishPacket({ topic, payload, qos, messageId });
  return [
    Buffer.concat([connect('fuzz-a'), publish(1, 1), publish(1, 2), Buffer.of(0xc0, 0, 0xe0, 0)]),
    Buffer.concat([connect('fuzz-b'), publish(2, 7), Buffer.of(0x62, 2, 0, 7)]),
    Buffer.concat([connect('fuzz-c', false), subscribePacket('city/v1/umwelt/a1/commands')]),
    Buffer.concat([connect('fuzz-d'), publish(0, 0), publish(1, 3, 'x'.repeat(2_000))]),
    Buffer.concat([connect('fuzz-e'), subscribePacket('city/v1/live/#'), Buffer.of(0xc0, 0)]),
    Buffer.concat([connect('fuzz-f'), will]),
    connectPacket({ clientId: 'fuzz-5', level: 5 }),
    publish(1, 1),
  ];
}

/** Writes bytes in pieces and waits until the broker has had them: it answers, closes, or stays silent. */
async function send(port: number, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  socket.on('data', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(cut, bytes.length);
    if (to > from) socket.write(bytes.subarray(from, to));
    from = Math.max(from, to);
    await new Promise(setImmediate);
  }
  socket.end(bytes.subarray(from));
  const timer = setTimeout(() => socket.destroy(), 50);
  await closed;
  clearTimeout(timer);
}

/** A good device gets its acknowledgement. */
async function expectService(broker: TestBroker): Promise<void> {
  const client = await connectClient(broker, { ...asDevice(broker), clientId: 'good' });
  const before = broker.ingest.messages.length;
  await client.publishAsync(topic, '{"pm10":2}', { qos: 1 });
  await until('the good message', () => broker.ingest.messages.length > before);
  await client.endAsync();
}

describe('the MQTT byte stream', () => {
  it(
    'may be anything: the broker goes on serving, lets nothing through and keeps nothing',
    async () => {
      const broker = await startBroker();
      const uncaught: unknown[] = [];
      const note = (error: unknown) => void uncaught.push(error);
      process.on('uncaughtException', note);
      process.on('unhandledRejection', note);
      const streams = fc.oneof(
        { weight: 6, arbitrary: mutated(goodSessions(broker)) },
        {
          weight: 1,
          arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        },
      );
      let rounds = 0;
      try {
        await holds(
          fc.asyncProperty(
            streams,
            fc.array(fc.nat(400), { maxLength: 4 }),
            async (bytes, cuts) => {
              await send(broker.port, bytes, cuts);
              for (const message of broker.ingest.messages.splice(0)) {
                // Signed in as one device, or as nobody: nothing else may come through.
                expect(message.topic.startsWith('city/v1/umwelt/a1/')).toBe(true);
              }
              if (++rounds % 50 === 0) await expectService(broker);
              expect(uncaught).toEqual([]);
            },
          ),
          // Each run takes its time: the first example must do.
          { endOnFailure: true },
        );
        await expectService(broker);
      } finally {
        process.off('uncaughtException', note);
        process.off('unhandledRejection', note);
      }
      await until(
        'all connections to be gone',
        async () =>
          (await broker.metric('mqtt_connected_clients')) === 0 &&
          (await broker.metric('mqtt_pending_acks')) === 0,
      );
      // What a client says stands inside one JSON line of the log, whatever it is.
      for (const line of broker.logged) {
        expect(line.trimEnd()).not.toContain('\n');
        expect(() => JSON.parse(line) as unknown).not.toThrow();
      }
    },
    timeoutMs,
  );

  it('a line end in a client id or user name does not begin a line of the log', async () => {
    const broker = await startBroker();
    const evil = 'x\n{"level":60,"msg":"forged"}\r\n';
    await send(broker.port, connectPacket({ clientId: evil, username: evil, password: evil }), []);
    await send(broker.port, connectPacket({ clientId: 'ok', username: evil, password: evil }), []);
    await expectService(broker);
    for (const line of broker.logged) {
      expect(line.trimEnd()).not.toContain('\n');
      expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
    }
  });
});
