import type { Server } from 'node:net';
import { createServer } from 'node:net';
import type { AedesPublishPacket } from 'aedes';
import { Aedes } from 'aedes';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';

export const silent = pino({ level: 'silent' });

/** The present moved to a year without troubles: no lamp loses its mains while a test counts connections. */
export function calmClock(): () => number {
  const startedAt = Date.now();
  return () => Date.UTC(2025, 10, 22, 12) + Date.now() - startedAt;
}

export interface TinyBroker {
  url: string;
  published: { topic: string; payload: string; retain: boolean }[];
  /** Sends a message to whoever listens. */
  publish(topic: string, payload: string): void;
  /** Connections that stand now. */
  clients(): number;
  /** Ends the listener and all connections; `open` brings it back at the same port. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** A plain Aedes that remembers what clients published; gone when the test ends. */
export async function tinyBroker(password?: string): Promise<TinyBroker> {
  const port = await freePort();
  const published: TinyBroker['published'] = [];
  let aedes: Aedes | undefined;
  let server: Server | undefined;
  const open = async () => {
    aedes = await Aedes.createBroker(
      password === undefined
        ? {}
        : {
            authenticate: (_client, _user, given, done) =>
              done(null, given?.toString() === password),
          },
    );
    aedes.on('publish', ({ topic, payload, retain }: AedesPublishPacket) => {
      if (!topic.startsWith('$SYS')) published.push({ topic, payload: payload.toString(), retain });
    });
    server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  };
  const close = async () => {
    await new Promise<void>((resolve) => (aedes ? aedes.close(resolve) : resolve()));
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  };
  await open();
  onTestFinished(close);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    published,
    publish: (topic, payload) =>
      aedes?.publish(
        { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false },
        () => {},
      ),
    clients: () => aedes?.connectedClients ?? 0,
    close,
    open,
  };
}
