import { type ClientRequest, get } from 'node:http';
import { type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { megabytes, startHonest } from './overload-clients.ts';

const readers = 1_000;
const deaf = 100;
const deviceCount = 50;
const measuredMs = 10_000;

/** Readers of the stream, of whom some never read, beside devices that go on publishing. */
export async function benchReaders(print: (line: string) => void): Promise<void> {
  const folder = makeTempFolder();
  const platform = await startPlatform({ dataDir: folder.path });
  const pid = platform.process.pid ?? 0;
  const opened: Reader[] = [];
  const stop = async () => {
    await platform.stop();
    folder.remove();
  };
  try {
    const password = await platform.provider('bench');
    for (let index = 0; index < deviceCount; index += 1) await addPublicDevice(platform, index);
    const peer = { name: '', port: platform.mqttPort, pid, user: 'bench', password, stop };
    const honest = await startHonest(peer, deviceCount);
    await sleep(measuredMs / 2);
    print(`  no readers: ${megabytes({ pid })} MB; honest acks ${honest.takeTimes()}`);
    for (let index = 0; index < readers; index += 1)
      opened.push(openReader(platform.httpPort, index));
    await until('all readers to be in', () => opened.every(({ isIn }) => isIn()), 15_000);
    honest.takeTimes();
    for (const reader of opened) reader.takeFrames();
    const cpuBefore = process.cpuUsage();
    const answersMs = await askMeanwhile(platform);
    const { user, system } = process.cpuUsage(cpuBefore);
    const frames = opened
      .filter(({ isDeaf }) => !isDeaf)
      .map((reader) => reader.takeFrames())
      .sort((a, b) => a - b);
    const [clients, skipped, dropped] = await Promise.all(
      ['live_clients', 'live_frames_skipped_total', 'live_clients_dropped_total'].map((name) =>
        platform.metric(name),
      ),
    );
    print(
      `  ${readers} readers, ${deaf} of them deaf: live_clients ${clients}, skipped ${skipped}, dropped ${dropped}; ` +
        `frames in ${measuredMs / 1_000} s to the others: min ${frames[0]}, median ${frames[frames.length >> 1]}, max ${frames.at(-1)}; ` +
        `${megabytes({ pid })} MB, GET /healthz within median ${Math.round(answersMs[answersMs.length >> 1] ?? Number.NaN)} ms, max ${Math.round(answersMs.at(-1) ?? Number.NaN)} ms; honest acks ${honest.takeTimes()}; ` +
        `measuring process ${Math.round((user + system) / 10 / measuredMs)} % of a core`,
    );
    honest.stop();
  } finally {
    for (const { request } of opened) request.destroy();
    await stop();
  }
}

/** How long the process takes for the smallest answer, which is what its event loop takes; in order of size. */
async function askMeanwhile(platform: Platform): Promise<number[]> {
  const timesMs: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < measuredMs) {
    const askedAt = performance.now();
    await (await platform.api('/healthz')).text();
    timesMs.push(performance.now() - askedAt);
    await sleep(100);
  }
  return timesMs.sort((a, b) => a - b);
}

async function addPublicDevice(platform: Platform, index: number): Promise<void> {
  const device = { provider: 'bench', id: `honest-${index}`, kind: 'air', public: true };
  const response = await platform.api('/api/v1/devices', {
    method: 'POST',
    body: JSON.stringify(device),
  });
  if (!response.ok) throw new Error(`device ${index}: ${await response.text()}`);
}

interface Reader {
  request: ClientRequest;
  isDeaf: boolean;
  isIn(): boolean;
  /** Frames since the last call. */
  takeFrames(): number;
}

/** One reader; a hundred share an address, as the API bounds readers per address. */
function openReader(port: number, index: number): Reader {
  const isDeaf = index < deaf;
  let frames = 0;
  let isIn = false;
  const request = get(
    {
      host: '127.0.0.1',
      port,
      path: '/api/v1/live',
      headers: { accept: 'text/event-stream' },
      localAddress: `127.0.1.${1 + Math.floor(index / 100)}`,
      agent: false,
    },
    (response) => {
      isIn = response.statusCode === 200;
      response.on('error', () => {});
      if (isDeaf) {
        response.pause();
        return;
      }
      response.on('data', (chunk: Buffer) => {
        if (chunk.includes('event: delta')) frames += 1;
      });
    },
  );
  request.on('error', () => {});
  return {
    request,
    isDeaf,
    isIn: () => isIn,
    takeFrames() {
      const since = frames;
      frames = 0;
      return since;
    },
  };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
