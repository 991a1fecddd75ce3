import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLeanLink } from '../../firmware-sim/lean-link.ts';
import { createLink } from '../../firmware-sim/library-link.ts';
import { LinkRefused } from '../../firmware-sim/link.ts';
import { Tally } from '../../firmware-sim/tally.ts';
import { until } from '../support/until.ts';
import { tinyBroker } from './support.ts';

const config = (url: string) => ({
  url,
  clientId: 'sim-one',
  seed: 1,
  devices: ['p/d'] as const,
  reconnectMinMs: 20,
});

/** The port's promises, kept by both. */
describe.each([
  ['library', createLink],
  ['lean', createLeanLink],
] as const)('a %s link', (_name, create) => {
  it('is refused with a wrong password, at once', async () => {
    const broker = await tinyBroker('right');
    const wrong = { ...config(broker.url), username: 'p', password: 'wrong' };
    await expect(create(wrong, new Tally()).start()).rejects.toThrow(LinkRefused);
  });

  it('skips and counts a message that cannot go out', () => {
    const tally = new Tally();
    expect(create(config('mqtt://127.0.0.1:1'), tally).publish('t', '{}')).toBe(false);
    expect(tally).toMatchObject({ sent: 0, skipped: 1 });
  });

  it('stops while it is still connecting', async () => {
    const link = create(config('mqtt://127.0.0.1:1'), new Tally());
    const starting = link.start();
    await link.stop();
    await starting;
    expect(link.connected).toBe(false);
  });

  it('signs in, says online, publishes, and tells of each answer; says offline and leaves', async () => {
    const broker = await tinyBroker('right');
    const tally = new Tally();
    const link = create({ ...config(broker.url), username: 'p', password: 'right' }, tally);
    await link.start();
    const answered: number[] = [];
    for (const n of [1, 2, 3]) link.publish('t', `grün ${n}`, () => answered.push(n));
    await until('all answered', () => link.inFlight === 0);
    await link.stop();
    await until('gone', () => broker.clients() === 0);
    expect(answered).toEqual([1, 2, 3]);
    expect(tally).toMatchObject({ sent: 3, acknowledged: 3, errors: 0, connects: 1, drops: 0 });
    expect([tally.ackMs.total, tally.connectMs.total]).toEqual([3, 1]);
    expect(broker.published.map(({ payload, retain }) => `${payload} ${retain}`)).toEqual([
      'online true',
      'grün 1 false',
      'grün 2 false',
      'grün 3 false',
      'offline true',
    ]);
  });

  it('leaves its last will when the connection is cut, and comes back online', async () => {
    const broker = await tinyBroker();
    // Plain Aedes loses packets of a client that comes back before it has seen it go.
    const link = create({ ...config(broker.url), reconnectMinMs: 300 }, new Tally());
    onTestFinished(() => link.stop());
    await link.start();
    const said = () => broker.published.map(({ payload, retain }) => `${payload} ${retain}`);
    await until('online', () => said().includes('online true'));
    link.cut();
    await until('the will', () => said().includes('offline true'));
    await until('online again', () => said().filter((s) => s === 'online true').length === 2);
  });

  it('drops when its only device loses its mains, with all answered before, until it has them again', async () => {
    const broker = await tinyBroker();
    const tally = new Tally();
    const link = create(config(broker.url), tally);
    onTestFinished(() => link.stop());
    await link.start();
    link.lose();
    link.publish('t', 'last words');
    await until('gone', () => broker.clients() === 0);
    expect(tally).toMatchObject({ acknowledged: 1, drops: 0 });
    link.regain();
    await until('back', () => link.connected);
  });
});

/** A broker that answers with given bytes, and remembers what it got. */
async function rawBroker(onBytes: (bytes: Buffer, socket: Socket, connection: number) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('data', (bytes) => onBytes(bytes, socket, connection)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const welcome = Buffer.from([0x20, 2, 0, 0]);

describe('a lean link', () => {
  it('counts what is no MQTT as a fault, and tries again', async () => {
    const url = await rawBroker((_bytes, socket, connection) =>
      socket.write(connection === 1 ? Buffer.from([0x20, 0xff, 0xff, 0xff, 0xff]) : welcome),
    );
    const tally = new Tally();
    const link = createLeanLink({ ...config(url), devices: [] }, tally);
    await link.start();
    await link.stop();
    expect(tally).toMatchObject({ faults: 1, connects: 1 });
  });

  it('reads answers that come byte by byte', async () => {
    const url = await rawBroker((bytes, socket) => {
      const answer = bytes[0] === 0x10 ? welcome : Buffer.from([0x40, 2, 0, 1]);
      for (const byte of answer) socket.write(Buffer.from([byte]));
    });
    const link = createLeanLink({ ...config(url), devices: [] }, new Tally());
    await link.start();
    link.publish('t', 'one');
    await until('answered', () => link.inFlight === 0);
    await link.stop();
  });

  it('sends again, marked, what was not answered when the connection went; and gives up at the end', async () => {
    const got: string[] = [];
    const url = await rawBroker((bytes, socket, connection) => {
      if (bytes[0] === 0x10) socket.write(welcome);
      else got.push(`${connection}: ${bytes[0]?.toString(16)}`);
      if (connection === 1 && bytes[0] === 0x32) socket.destroy();
    });
    const tally = new Tally();
    const link = createLeanLink({ ...config(url), devices: [] }, tally);
    await link.start();
    link.publish('t', 'one');
    await until('sent again', () => got.length === 2);
    expect(got).toEqual(['1: 32', '2: 3a']);
    link.cut();
    await link.stop();
    expect(tally).toMatchObject({ sent: 1, resent: 1, acknowledged: 0, errors: 1 });
  });

  it('has no more unanswered than it may', async () => {
    const url = await rawBroker((bytes, socket) => {
      if (bytes[0] === 0x10) socket.write(welcome);
    });
    const tally = new Tally();
    const link = createLeanLink({ ...config(url), devices: [], inFlightMax: 2 }, tally);
    await link.start();
    expect([1, 2, 3].map(() => link.publish('t', 'x'))).toEqual([true, true, false]);
    expect(tally).toMatchObject({ sent: 2, skipped: 1 });
    link.cut();
    await link.stop();
  });
});
