import { Duplex } from 'node:stream';
import { Aedes } from 'aedes';
import { expect, onTestFinished, test } from 'vitest';
import {
  forgetConnect,
  internalsOf,
  listenToPackets,
  slimParser,
} from '../../broker/aedes-internals.ts';
import { connectPacket, publishPacket } from './packets.ts';

/** A client as Aedes makes it, before anything has come. */
function newClient() {
  const aedes = new Aedes();
  const conn = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  onTestFinished(() => {
    conn.destroy();
    aedes.close();
  });
  return internalsOf(aedes.handle(conn));
}

const connect = connectPacket({ clientId: 'c', username: 'umwelt/a1', password: 'a secret' });
const publish = publishPacket({ topic: 'a/b', payload: 'x', qos: 1, messageId: 7 });

test('a parser without its stream reads packets that come byte by byte, and keeps no list of what it has read', () => {
  const { _parser: parser } = newClient();
  expect(parser._list).toHaveProperty('_readableState');
  slimParser(parser);
  expect(parser._list).not.toHaveProperty('_readableState');
  const seen: unknown[] = [];
  listenToPackets<{ cmd: string }>(parser, ({ cmd }) => seen.push(cmd));
  for (const byte of Buffer.concat([connect, publish])) parser.parse(Buffer.from([byte]));
  expect(seen).toEqual(['connect', 'publish']);
  expect(parser._list).toHaveLength(0);
});

test("Aedes' listener is the only one, and is given back", () => {
  const { _parser: parser } = newClient();
  const [own] = parser.listeners('packet');
  expect(parser.listeners('packet')).toHaveLength(1);
  expect(listenToPackets(parser, () => {})).toBe(own);
  expect(parser.listeners('packet')).toHaveLength(1);
  expect(parser.listeners('packet')[0]).not.toBe(own);
});

test('once a CONNECT is judged its password is nowhere in the parser, and packets are read as before', () => {
  const client = newClient();
  const { _parser: parser } = client;
  const packets: { cmd?: string; messageId?: number }[] = [];
  listenToPackets<(typeof packets)[number]>(parser, (packet) => packets.push(packet));
  parser.parse(connect);
  expect(parser.settings).toHaveProperty('password');
  forgetConnect(client);
  expect(parser.settings).toEqual({ protocolVersion: 4 });
  parser.parse(publish);
  expect(packets[1]).toMatchObject({ cmd: 'publish', messageId: 7 });
});
