import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { faultsOf, stepTo } from '../support/axe.ts';
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { type Platform, startPlatform } from '../support/platform.ts';

let platform: Platform;
let browser: Browser;
let token: string;

const minuteMs = 60_000;
const minutes = 180;
/** Tests that are not at hand here, so that only these two values are not good. */
const off = {
  stepPerMinute: null,
  stepFailPerMinute: null,
  spike: null,
  spikeFail: null,
  flatTolerance: null,
  outlierFloor: null,
  noiseMax: null,
};

/** One device of a maker with a suspect and a bad value by its own rules, and a reference beside it. */
beforeAll(async () => {
  platform = await startPlatform();
  token = await platform.provider('ulm');
  const location = { lat: 48.4, lon: 9.99 };
  const air = { provider: 'ulm', kind: 'air', public: true, location, intervalMs: minuteMs };
  const quality = { pm10: { ...off, range: [0, 100], usual: [0, 50] } };
  await register({
    ...air,
    id: 'maker',
    name: 'Donauufer',
    quality,
  });
  await register({ ...air, id: 'jumpy', quality });
  await register({ ...air, id: 'station', name: 'Messstation', station: { method: 'reference' } });
  const now = Date.now();
  // Three hours, so that one of them is whole: an index needs most of an hour.
  const readings = Array.from({ length: minutes }, (_, index) => ({
    at: now - (minutes - index) * minuteMs,
    pm10: index === minutes - 30 ? 150 : index === minutes - 31 ? 60 : 10,
  }));
  for (const device of ['maker', 'station']) {
    await publish(device, { readings });
  }
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

async function publish(device: string, readings: unknown): Promise<void> {
  const topic = `city/v1/ulm/${device}/readings`;
  const payload = JSON.stringify(readings);
  await mosquittoPub({ port: platform.mqttPort, user: 'ulm', password: token, topic, payload });
}

async function register(device: Record<string, unknown>): Promise<void> {
  const response = await platform.api('/api/v1/devices', {
    method: 'POST',
    body: JSON.stringify(device),
  });
  expect(response.status, await response.text()).toBe(201);
}

async function open(
  path: string,
  options: Parameters<typeof openPage>[2] = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, platform.url + path, options);
  onTestFinished(() => watched.page.context().close());
  await watched.page.locator('body[data-live=live]').waitFor();
  return watched;
}

describe('quality', () => {
  it('of values is counted beside the chart, told in the table, and named with its reason', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/maker&metric=pm10&range=1h');
    const quality = page.locator('[data-quality]');
    await quality.getByText('1 suspect').waitFor();
    await quality.getByText('1 bad').waitFor();
    await page.getByText('Values as a table').click();
    const table = page.getByRole('table');
    await table
      .getByRole('row', { name: /150\.0 µg\/m³ bad: outside the measuring range/ })
      .waitFor();
    await table.getByRole('row', { name: /60\.0 µg\/m³ suspect: unusual/ }).waitFor();
    // The bad value is kept, and counts for nothing.
    await page.locator('dl > div', { hasText: 'Maximum' }).getByText('60.0').waitFor();
    await page.locator('[data-metric=pm10] [data-flag]').waitFor();
    expect(complaints).toEqual([]);
  });

  it('of a live value is there with it, in the list too, and its reason follows', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/jumpy&metric=pm10&range=1h');
    const flag = page.locator('[data-metric=pm10] [data-flag]');
    const row = page.locator('[role=option][data-key="ulm/jumpy"]');
    await publish('jumpy', { pm10: 20 });
    await flag.getByText('good', { exact: true }).waitFor();
    await publish('jumpy', { pm10: 150 });
    await page.locator('[data-metric=pm10] [data-flag="4"]', { hasText: 'bad' }).waitFor();
    await row.getByText('bad:').waitFor();
    await flag.getByText('bad: outside the measuring range').waitFor();
    // Normal, although 150 is far above any limit: what cannot be true raises no alarm.
    await row.getByText('normal').waitFor();
    // The chart has the value as well, by the stream alone, and leaves it out of its figures.
    await page.locator('[data-quality]').getByText('1 bad').waitFor();
    await page.locator('dl > div', { hasText: 'Maximum' }).getByText('20.0').waitFor();
    expect(complaints).toEqual([]);
  });
});

it('the chart begins with the very first value of a series', async () => {
  const { page, complaints } = await open('/?lang=en&device=ulm/jumpy&metric=no2&range=1h');
  // As if the store were slow: it knows of nothing yet.
  await page.route('**/api/v1/series?*', async (route) => {
    const response = await route.fetch();
    const series = await response.json();
    series.columns = { at: [], value: [], flag: [], reasons: [], receivedAt: [] };
    await route.fulfill({ response, json: series });
  });
  await publish('jumpy', { no2: 11 });
  await page.locator('[data-metric=no2][aria-pressed=true]').waitFor();
  await page.locator('figure[aria-busy=false]').waitFor();
  await publish('jumpy', { no2: 12 });
  await page.locator('dl > div', { hasText: 'Maximum' }).getByText('12.0').waitFor();
  expect(complaints).toEqual([]);
});

it('the chart has a live value that came while its history was read', async () => {
  await publish('jumpy', { pm10: 22 });
  const { page, complaints } = await open('/?lang=en&device=ulm/jumpy&metric=pm10&range=1h');
  const maximum = page.locator('dl > div', { hasText: 'Maximum' });
  await maximum.getByText('22.0').waitFor();
  await page.route('**/api/v1/series?*', async (route) => {
    const response = await route.fetch();
    await publish('jumpy', { pm10: 33 });
    // The answer is made without it, and is held back until the page has seen it.
    await page.locator('[data-metric=pm10]').getByText('33.0').waitFor();
    await route.fulfill({ response });
  });
  const response = page.waitForResponse('**/api/v1/series?*');
  await page.getByRole('button', { name: '6 h' }).click();
  await (await response).finished();
  await page.locator('figure[aria-busy=false]').waitFor();
  expect(await maximum.innerText()).toContain('33.0');
  expect(complaints).toEqual([]);
});

describe('what an office asks', () => {
  it('an index says its scheme and version, what is missing, and that it is indicative', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/maker');
    const index = page.locator('[data-index]');
    await index.getByText('EAQI-2024 ·').waitFor();
    await index.getByText(/Incomplete: .*NO₂, O₃.* missing/).waitFor();
    await index.getByText(/^Indicative/).waitFor();
    await index.getByRole('combobox').selectOption('LQI-2025');
    await index.getByText('LQI-2025 ·').waitFor();
    expect(new URL(page.url()).searchParams.get('scheme')).toBe('LQI-2025');
    await page.goto(`${platform.url}/?lang=en&device=ulm/station`);
    await index.getByText('LQI-2025 ·').waitFor();
    expect(complaints).toEqual([]);
  });

  it('statistics of a maker’s device are not for compliance, those of a station are', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/maker');
    await page.getByRole('tab', { name: 'Values' }).press('ArrowRight');
    const statistics = page.locator('[data-statistics]');
    await statistics.getByText('not for compliance').waitFor();
    await statistics.getByText('0 of 35 allowed').waitFor();
    await page.goto(`${platform.url}/?lang=en&device=ulm/station&section=year`);
    await statistics.getByText('0 of 35 allowed').waitFor();
    expect(await statistics.getByText('not for compliance').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('a comparison with the reference nearby says what it is short of', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/maker&section=comparison');
    await page.getByRole('combobox', { name: 'Reference station' }).waitFor();
    await page
      .locator('[data-comparison]')
      .getByText(/^Too few common hours/)
      .waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('export', () => {
  it('shows how far it is, and hands out a file that is what its checksum says', async () => {
    const { page, complaints } = await open('/?lang=en&device=ulm/maker&metric=pm10');
    await page.getByRole('button', { name: 'Export series' }).click();
    await page.getByRole('combobox', { name: 'Resolution' }).selectOption('raw');
    await page.getByRole('button', { name: 'Start export' }).click();
    const job = page.locator('[data-export=done]');
    await job.waitFor({ timeout: 20_000 });
    const download = page.waitForEvent('download');
    await job.getByRole('link', { name: /^Download/ }).click();
    const content = await readFile(await (await download).path());
    const lines = content.toString('utf8').trim().split('\r\n');
    expect(lines).toHaveLength(1 + minutes);
    expect(lines[0]).toMatch(/^device,metric,unit,at,value,flag,reasons/);
    expect(lines.find((line) => line.includes(',150'))).toMatch(/,4,range/);
    const checksum = createHash('sha256').update(content).digest('hex');
    await job.getByText(checksum).waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('an export that takes long', () => {
  it('has a progress bar that is spoken in quarters, and can be cancelled', async () => {
    const { page } = await open('/export?lang=en&device=ulm/maker');
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const running = {
      id,
      state: 'running',
      rows: 42,
      bytes: 4_200,
      share: 0.42,
      fileName: 'a.csv',
    };
    const asked: string[] = [];
    // A server that never gets further: a real one would be done before anybody could cancel.
    await page.route(/\/api\/v1\/exports/, (route) => {
      asked.push(route.request().method());
      return asked.at(-1) === 'DELETE'
        ? route.fulfill({ status: 204 })
        : route.fulfill({ status: 202, json: running });
    });
    await page.getByRole('button', { name: 'Start export' }).click();
    const bar = page.getByRole('progressbar', { name: 'Progress of the export' });
    await expect.poll(() => bar.getAttribute('value')).toBe('42');
    await page.getByRole('status').getByText('Export under way: 25 %').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-export=cancelled]').waitFor();
    expect(asked[0]).toBe('POST');
    expect(asked.at(-1)).toBe('DELETE');
    expect(await page.getByRole('button', { name: 'Start export' }).isEnabled()).toBe(true);
  });
});

describe('accessibility of', () => {
  const views = {
    'a device with marks': ['/?lang=de&device=ulm/maker&metric=pm10&range=1h', '[data-quality]'],
    statistics: ['/?lang=de&device=ulm/maker&section=year', '[data-statistics] table'],
    'a comparison': ['/?lang=de&device=ulm/maker&section=comparison', '[data-comparison] dl'],
    'the export': ['/export?lang=de&device=ulm/maker', '#page-title'],
  } as const;

  it('axe finds nothing on them in either theme, and 320 px are enough', async () => {
    const { page } = await open('/help?lang=de', { bypassCSP: true });
    for (const [name, [path, ready]] of Object.entries(views)) {
      await stepTo(page, path);
      await page.locator(ready).first().waitFor();
      expect.soft(await faultsOf(page), name).toEqual([]);
    }
  });
});
