import { type ClientRequest, createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LiveClient } from '../../dashboard/api/live/live-client.ts';
import type { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { cpuSeconds } from './figures.ts';

const readers = 1_000;
const warmUpMs = 20_000;
const measuredMs = 20_000;
/** As large as a frame of 500 changes. */
const frameBytes = 8 * 1024;
const framesToDeafReader = 20_000;

/** What a thousand readers of the public stream cost, beside the same load without them. */
export async function measureReaders(
  platform: Platform,
  print: (line: string) => void,
): Promise<void> {
  await sleep(warmUpMs);
  const alone = await cpuPercent(platform);
  const opened = Array.from({ length: readers }, (_, index) =>
    openReader(platform.httpPort, index),
  );
  try {
    await until('all readers to be in', () => opened.every(({ isIn }) => isIn()), 30_000);
    await sleep(3_000);
    for (const reader of opened) reader.takeBytes();
    const together = await cpuPercent(platform);
    const bytes = opened.map((reader) => reader.takeBytes());
    const perS = bytes.reduce((sum, one) => sum + one, 0) / bytes.length / (measuredMs / 1_000);
    print(
      `  ${readers} readers of the public stream (two frames a second, ${(perS / 1_000).toFixed(1)} KB/s each): ` +
        `${together.toFixed(1)} % of a core, ${alone.toFixed(1)} % without them: ${(together - alone).toFixed(1)} % of 10`,
    );
  } finally {
    for (const { request } of opened) request.destroy();
  }
}

/**
 * How much the platform keeps for a reader that never reads, as the hub sends to it: a frame whenever it may. By far
 * more frames than any socket takes, so that it is the platform's own bound that is measured.
 */
export async function measureStalled(print: (line: string) => void): Promise<void> {
  const frame = Buffer.alloc(frameBytes, 'x');
  let most = 0;
  let sent = 0;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const joined = new Promise<ServerResponse>((resolve) =>
    server.once('request', (_request, response) => resolve(response)),
  );
  const request = get({ host: '127.0.0.1', port }, (response) => response.pause());
  request.on('error', () => {});
  const response = await joined;
  const client = new LiveClient(response);
  for (let offered = 0; offered < framesToDeafReader; offered += 1) {
    if (client.isReady) {
      client.send(frame);
      sent += 1;
    }
    most = Math.max(most, client.bufferedBytes);
    if (offered % 100 === 0) await sleep(1);
  }
  request.destroy();
  response.destroy();
  server.close();
  print(
    `  a reader that never reads: at most ${(most / 1024).toFixed(0)} KiB of 128 wait for it (${framesToDeafReader} frames offered, ${sent} taken)`,
  );
}

async function cpuPercent({ process: { pid = 0 } }: Platform): Promise<number> {
  const before = cpuSeconds(pid);
  await sleep(measuredMs);
  return (100 * (cpuSeconds(pid) - before)) / (measuredMs / 1_000);
}

interface Reader {
  request: ClientRequest;
  isIn(): boolean;
  takeBytes(): number;
}

/** One reader; a hundred share an address, as the API bounds readers per address. */
function openReader(port: number, index: number): Reader {
  let bytes = 0;
  let isIn = false;
  const localAddress = `127.0.1.${1 + Math.floor(index / 100)}`;
  const options = { host: '127.0.0.1', port, path: '/api/v1/live', localAddress, agent: false };
  const request = get(options, (response) => {
    isIn = response.statusCode === 200;
    response.on('error', () => {});
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
  });
  request.on('error', () => {});
  return {
    request,
    isIn: () => isIn,
    takeBytes() {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
