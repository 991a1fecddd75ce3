import { type ClientRequest, get } from 'node:http';
import type { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';
import { cpuSeconds } from './figures.ts';

const readers = 1_000;
const deaf = 10;
const measuredMs = 20_000;

/** What a thousand readers of the public stream cost, beside the same load without them. */
export async function measureReaders(
  platform: Platform,
  print: (line: string) => void,
): Promise<void> {
  await sleep(3_000);
  const alone = await cpuPercent(platform);
  const opened = Array.from({ length: readers }, (_, index) =>
    openReader(platform.httpPort, index),
  );
  try {
    await until('all readers to be in', () => opened.every(({ isIn }) => isIn()), 30_000);
    await sleep(3_000);
    for (const reader of opened) reader.takeBytes();
    const together = await cpuPercent(platform);
    const bytes = opened.slice(deaf).map((reader) => reader.takeBytes());
    const perS = bytes.reduce((sum, one) => sum + one, 0) / bytes.length / (measuredMs / 1_000);
    const buffered = await platform.metric('live_buffered_bytes_max');
    print(
      `  ${readers} readers of the public stream (two frames a second, ${(perS / 1_000).toFixed(1)} KB/s each): ` +
        `${together.toFixed(1)} % of a core, ${alone.toFixed(1)} % without them: ${(together - alone).toFixed(1)} % of 10`,
    );
    print(
      `  most bytes waiting for one of ${deaf} readers that do not read: ${(buffered / 1024).toFixed(0)} KiB of 128`,
    );
  } finally {
    for (const { request } of opened) request.destroy();
  }
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

/** One reader; a hundred share an address, as the API bounds readers per address. The first ones never read. */
function openReader(port: number, index: number): Reader {
  let bytes = 0;
  let isIn = false;
  const localAddress = `127.0.1.${1 + Math.floor(index / 100)}`;
  const options = { host: '127.0.0.1', port, path: '/api/v1/live', localAddress, agent: false };
  const request = get(options, (response) => {
    isIn = response.statusCode === 200;
    response.on('error', () => {});
    if (index < deaf) response.pause();
    else
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
