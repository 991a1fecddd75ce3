import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createDirectRead, type DirectReader, readFields } from '../../broker/direct-read.ts';
import { until } from '../support/until.ts';

/** A connection whose server side is read directly; what the stream got all the same. */
async function connection(reader: DirectReader, bytesMax = 16) {
  const streamed: Buffer[] = [];
  const accepted: Socket[] = [];
  let isEnded = false;
  const readDirectly = createDirectRead(bytesMax);
  const server = createServer((socket) => {
    accepted.push(socket);
    readDirectly(socket, reader);
    socket.on('end', () => {
      isEnded = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  await until('the connection', () => accepted[0] !== undefined);
  const socket = accepted[0] as Socket;
  const listen = () => socket.on('data', (chunk: Buffer) => streamed.push(chunk));
  return {
    client,
    socket,
    listen,
    text: () => Buffer.concat(streamed).toString(),
    ended: () => isEnded,
  };
}

it('finds where Node keeps what the option onread says: else all would silently go the long way', () => {
  expect(readFields()).toBeDefined();
});

it('gives the stream what the reader leaves, in order, as its own bytes', async () => {
  const seen: string[] = [];
  const { client, listen, text, ended } = await connection({
    // Takes letters from the front.
    takeFront(bytes) {
      const letters = /^[a-z]*/.exec(bytes.toString())?.[0] ?? '';
      seen.push(letters);
      return letters.length;
    },
  });
  listen();
  for (const part of ['abc', 'de1', '2fg', 'h']) {
    const before = seen.length;
    client.write(part);
    await until('the part to be read', () => seen.length > before);
  }
  client.end();
  await until('the end', ended);
  expect(seen.join('')).toBe('abcdeh');
  expect(text()).toBe('12fg');
});

it('does not let what arrives overtake what waits in the stream, and stops reading when that is full', async () => {
  let isTaking = false;
  let taken = 0;
  const { client, socket, listen, text } = await connection(
    {
      takeFront(bytes) {
        if (isTaking) taken += bytes.length;
        return isTaking ? bytes.length : 0;
      },
    },
    1024,
  );
  const sent = 'x'.repeat(8 * 2 ** 20);
  let isSent = false;
  client.write(sent, () => {
    isSent = true;
  });
  await until('the stream to be full', () => socket.readableLength >= socket.readableHighWaterMark);
  isTaking = true;
  expect(socket.readableLength).toBeLessThanOrEqual(socket.readableHighWaterMark + 1024);
  expect(isSent).toBe(false);
  listen();
  await until('all of it', () => text().length + taken === sent.length);
  expect(text().length).toBeGreaterThan(0);
});
