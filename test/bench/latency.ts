import type { Latest } from '../../broker/contract/api.ts';
import { ValuesFrame } from '../../broker/contract/live.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { type EventStream, openEventStream } from '../support/event-stream.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const publishes = 40;

/**
 * Time from the start of a `mosquitto_pub` process to the value being in `latest`, in `series`, on the
 * public stream and on the page. The peer is the requirement: within a second.
 */
export async function benchLatency(print: (line: string) => void): Promise<void> {
  const folder = makeTempFolder();
  const platform = await startPlatform({ dataDir: folder.path });
  const browser = await launchBrowser();
  try {
    const token = await platform.provider('bench');
    const device = { provider: 'bench', id: 'node', kind: 'air', public: true };
    await platform.api('/api/v1/devices', { method: 'POST', body: JSON.stringify(device) });
    const stream = await openEventStream(`${platform.url}/api/v1/live`);
    // The question put to the page at every frame is a script that its policy would refuse.
    const path = `${platform.url}/?device=bench/node&lang=en`;
    const { page } = await openPage(browser, path, { bypassCSP: true });
    await page.locator('body[data-live=live]').waitFor();
    const timesMs = new Map<string, number[]>();
    for (let index = 0; index < publishes; index++) {
      const value = 100 + index / 10;
      const startedAt = performance.now();
      const note = (what: string) => (): void => {
        timesMs.set(what, [...(timesMs.get(what) ?? []), performance.now() - startedAt]);
      };
      // Asked at every frame: a locator would look twice a second only.
      const isShown = `document.body.innerText.includes('${value.toFixed(1)}')`;
      const payload = JSON.stringify({ pm2_5: value });
      const topic = 'city/v1/bench/node/readings';
      await Promise.all([
        mosquittoPub({ port: platform.mqttPort, user: 'bench', password: token, topic, payload }),
        until('latest', () => inLatest(platform, value)).then(note('latest')),
        until('series', () => inSeries(platform, value)).then(note('series')),
        until('stream', () => onStream(stream, value)).then(note('stream')),
        page.waitForFunction(isShown, undefined, { polling: 'raf' }).then(note('page')),
      ]);
    }
    stream.close();
    for (const [what, times] of timesMs) printTimes(what, times, print);
  } finally {
    await browser.close();
    await platform.stop();
    folder.remove();
  }
}

async function inLatest(platform: Platform, value: number): Promise<boolean> {
  const { columns } = await platform.json<Latest>('/api/v1/latest?device=bench/node');
  return columns.value.includes(value);
}

async function inSeries(platform: Platform, value: number): Promise<boolean> {
  const path = '/api/v1/series?device=bench/node&metric=pm2_5&resolution=raw';
  const { columns } = await platform.json<{ columns: { value: number[] } }>(path);
  return columns.value.includes(value);
}

function onStream({ events }: EventStream, value: number): boolean {
  return events.some(
    ({ event, data }) => event === 'delta' && ValuesFrame.parse(data).values.value.includes(value),
  );
}

function printTimes(what: string, timesMs: readonly number[], print: (line: string) => void): void {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const [median, p95, max] = [at(0.5), at(0.95), at(1)];
  print(
    `  publish to ${what.padEnd(7)} median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, max ${max.toFixed(0)} ms; ` +
      `p95 is ${(p95 / 1000).toFixed(2)} of the second that is allowed`,
  );
}
