import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connectAsync } from 'mqtt';
import type { Browser } from 'playwright-core';
import { createRegistry } from '../../broker/registry/registry.ts';
import { launchBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { frameMsMax, heapMb, openAsOperator, type Visit, visit } from './dashboard-page.ts';
import { measureReaders, measureStalled } from './dashboard-readers.ts';
import { median, quantile } from './figures.ts';

const devices = 5_000;
/** 500 changes in each of the four frames a second that operators get. */
const messagesPerS = 2_000;
const rounds = 3;
const probes = 60;
const soakMinutes = Number(process.env.BENCH_SOAK_MINUTES ?? 10);

type Print = (line: string) => void;

/**
 * The page under load, against its budgets: 5,000 devices, 2,000 messages a second, everything on, in Chromium without
 * a GPU on the same machine as the platform and the loader. Minutes of soak: `BENCH_SOAK_MINUTES`, 10 unless set.
 */
export async function benchDashboard(print: Print): Promise<void> {
  const folder = makeTempFolder();
  const password = await fillRegistry(join(folder.path, 'registry'));
  const platform = await startPlatform({ dataDir: folder.path });
  const browser = await launchBrowser();
  try {
    printSizes(print);
    await measureStalled(print);
    // The readers' load is their own: 500 changes a second.
    const readers = startLoad(platform, { password, rate: 500, seconds: 120 });
    await measureReaders(platform, print);
    await ended(readers);
    const load = startLoad(platform, { password, rate: messagesPerS, seconds: 3_600 });
    print(
      `  ${devices} devices, ${messagesPerS} messages/s; load of the machine ${loadavg()[0]?.toFixed(1)}`,
    );
    await measureVisits(browser, platform, print);
    await measureLatency(browser, platform, { password, print });
    await soak(browser, platform, print);
    load.kill('SIGTERM');
    await ended(load);
    print(`  load of the machine at the end ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    await browser.close();
    await platform.stop();
    folder.remove();
  }
}

/** Devices on a map, written before the platform starts: thousands of requests would only warm it up. */
async function fillRegistry(path: string): Promise<string> {
  const registry = createRegistry({ path });
  const createdAt = Date.now();
  await registry.putProvider({ id: 'bench', name: 'Bench', createdAt, open: false });
  const side = Math.ceil(Math.sqrt(devices));
  await Promise.all(
    Array.from({ length: devices }, (_, index) =>
      registry.putDevice({
        provider: 'bench',
        id: `dev-${index}`,
        kind: 'air',
        name: `Street ${index}`,
        public: true,
        createdAt,
        intervalMs: 10_000,
        district: `District ${index % 10}`,
        location: {
          lat: 48.37 + (0.06 * Math.floor(index / side)) / side,
          lon: 9.93 + (0.12 * (index % side)) / side,
        },
      }),
    ),
  );
  const token = await registry.issueToken({ kind: 'provider', provider: 'bench' });
  await registry.close();
  return token;
}

function printSizes(print: Print): void {
  const dist = join(import.meta.dirname, '../../dashboard/web/dist');
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const files = readdirSync(join(dist, 'assets'));
  const size = (file: string): number => gzipSync(readFileSync(join(dist, 'assets', file))).length;
  const sum = (names: Iterable<string>): number =>
    [...names].reduce((all, name) => all + size(name), 0);
  const first = files.filter(
    (name) => /^(OverviewScreen|en)-.*\.(js|css)$/.test(name) || html.includes(name),
  );
  const all = withImports(first, dist);
  const kb = (bytes: number): string => (bytes / 1000).toFixed(1);
  const js = sum([...all].filter((name) => name.endsWith('.js')));
  const css = sum(new Set([...all, ...first].filter((name) => name.endsWith('.css'))));
  const map = sum(files.filter((name) => /^MapView-.*\.js$/.test(name)));
  print(
    `  initial script ${kb(js)} KB gzip of 90 (entry, its imports, overview, a language); map chunk ${kb(map)} of 60; style ${kb(css)} of 15`,
  );
}

/** Files and what they import statically: what the browser must have before it can run them. */
function withImports(files: readonly string[], dist: string): Set<string> {
  const all = new Set(files);
  for (const file of all) {
    if (!file.endsWith('.js')) continue;
    const text = readFileSync(join(dist, 'assets', file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) {
      if (name) all.add(name);
    }
  }
  return all;
}

interface Load {
  password: string;
  rate: number;
  seconds: number;
}

function startLoad(platform: Platform, { password, rate, seconds }: Load): ChildProcess {
  const loader = join(import.meta.dirname, 'paced-loader.ts');
  const options = { port: platform.mqttPort, password, devices, rate, seconds };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(process.execPath, ['--import', 'tsx', loader, ...args], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function measureVisits(browser: Browser, { url }: Platform, print: Print): Promise<void> {
  const visits: Visit[] = [];
  for (let round = 0; round < rounds; round += 1)
    visits.push(await visit(browser, url, adminToken));
  const report = (name: string, read: (one: Visit) => number, budget: string) => {
    const values = visits.map(read);
    const spread = `${Math.min(...values).toFixed(1)}..${Math.max(...values).toFixed(1)}`;
    print(
      `  ${name.padEnd(38)} ${median(values).toFixed(1).padStart(8)} (${spread}), budget ${budget}`,
    );
  };
  report('largest contentful paint, ms', ({ lcpMs }) => lcpMs, '1200');
  report('first live value after navigation, ms', ({ firstLiveMs }) => firstLiveMs, '2000');
  report(`frames over ${frameMsMax} ms, steady, %`, ({ slowSteady }) => slowSteady, '5');
  report(`frames over ${frameMsMax} ms, panning, %`, ({ slowPanning }) => slowPanning, '10');
  report('main thread, steady, %', ({ mainThread }) => mainThread, '30');
  report('tasks over 50 ms, steady', ({ longTasks }) => longTasks, '1');
  report('heap after load, MB', ({ heapMb: used }) => used, '40');
}

/** From the publish of a value to its being on the page, while the load goes on. */
async function measureLatency(
  browser: Browser,
  platform: Platform,
  { password, print }: { password: string; print: Print },
): Promise<void> {
  const { page, close } = await openAsOperator(browser, platform.url, adminToken);
  const client = await connectAsync(`mqtt://127.0.0.1:${platform.mqttPort}`, {
    username: 'bench',
    password,
    clientId: `probe-${await freePort()}`,
  });
  const timesMs: number[] = [];
  try {
    await page.goto(`${platform.url}/?lang=en&device=bench/dev-1`);
    await page.locator('body[data-live=live]').waitFor();
    for (let index = 0; index < probes; index += 1) {
      const value = (300 + index / 10).toFixed(1);
      const startedAt = performance.now();
      // Asked at every frame: a locator would look twice a second only.
      const isShown = `document.querySelector('.detail')?.innerText.includes('${value}')`;
      await Promise.all([
        client.publishAsync('city/v1/bench/dev-1/readings', `{"pm10":${value}}`, { qos: 1 }),
        page.waitForFunction(isShown, undefined, { polling: 'raf' }),
      ]);
      timesMs.push(performance.now() - startedAt);
    }
  } finally {
    await client.endAsync(true);
    await close();
  }
  print(
    `  publish to pixel: median ${median(timesMs).toFixed(0)} ms, p95 ${quantile(timesMs, 0.95).toFixed(0)} ms of 500, max ${Math.max(...timesMs).toFixed(0)} ms (${probes} probes)`,
  );
}

/** Memory of a page that stays open. */
async function soak(browser: Browser, { url }: Platform, print: Print): Promise<void> {
  const { page, close } = await openAsOperator(browser, url, adminToken);
  try {
    await page.goto(`${url}/?lang=en&device=bench/dev-0`);
    await page.locator('body[data-live=live]').waitFor();
    await page.waitForTimeout(15_000);
    const cdp = await page.context().newCDPSession(page);
    const heaps = [await heapMb(cdp)];
    for (let minute = 0; minute < soakMinutes; minute += 1) {
      await page.waitForTimeout(60_000);
      heaps.push(await heapMb(cdp));
    }
    const growth = (heaps.at(-1) ?? Number.NaN) - (heaps[0] ?? Number.NaN);
    print(
      `  heap over ${soakMinutes} min: ${heaps.map((heap) => heap.toFixed(1)).join(' ')} MB; growth ${growth.toFixed(1)} MB, budget 5`,
    );
  } finally {
    await close();
  }
}
