import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CommandMessage } from '../../broker/contract/commands.ts';
import type { PlatformStatus } from '../../broker/contract/platform-status.ts';
import { faultsOf, stepTo } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const lamp = 'ulm/lamp-1';
/** What the platform is given: each good reading is new, each bad one has an unknown metric. */
const load = { good: 40, bad: 7, repeated: 5 } as const;

const folder = makeTempFolder();
let platform: Platform;
let browser: Browser;
const tokens: Record<'ulm' | 'koeln', string> = { ulm: '', koeln: '' };

beforeAll(async () => {
  const counts = { abnormal: 0, stale: 0, offline: 3, ok: 0 };
  const sample = { at: Date.now() - 7 * 86_400_000, all: counts, public: counts };
  writeFileSync(join(folder.path, 'standings.json'), JSON.stringify([sample]));
  platform = await startPlatform({ dataDir: folder.path });
  tokens.ulm = await platform.provider('ulm');
  tokens.koeln = await platform.provider('koeln');
  for (const device of [
    { id: 'air-1', kind: 'air', name: 'Donauufer' },
    { id: 'lamp-1', kind: 'light', name: 'Hafengasse 3' },
  ]) {
    const body = JSON.stringify({
      provider: 'ulm',
      public: true,
      intervalMs: 3_600_000,
      ...device,
    });
    expect((await platform.api('/api/v1/devices', { method: 'POST', body })).status).toBe(201);
  }
  await publishLoad();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  folder.remove();
});

async function publishLoad(): Promise<void> {
  const url = `mqtt://127.0.0.1:${platform.mqttPort}`;
  const client = connect(url, { username: 'ulm', password: tokens.ulm });
  const topic = 'city/v1/ulm/air-1/readings';
  const say = (payload: object) => client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
  const from = Date.now() - load.good * 1_000;
  for (let index = 0; index < load.good; index++) {
    await say({ at: from + index * 1_000, pm10: 10 + index });
  }
  for (let index = 0; index < load.bad; index++) await say({ at: from + index, mood: index });
  for (let index = 0; index < load.repeated; index++) {
    await say({ at: from + index * 1_000, pm10: 10 + index });
  }
  await client.endAsync();
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;
/** Signs in once for each: how often an address may try is limited. */
const sessions = new Map<string, Session>();

async function sessionOf(token: string): Promise<Session> {
  const known = sessions.get(token);
  if (known) return known;
  const context = await browser.newContext();
  const answer = await context.request.post(`${platform.url}/api/v1/session`, { data: { token } });
  expect(answer.ok()).toBe(true);
  const session = await context.storageState();
  await context.close();
  sessions.set(token, session);
  return session;
}

async function open(
  path: string,
  token: string | undefined,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const signedIn = token === undefined ? {} : { storageState: await sessionOf(token) };
  const context = await browser.newContext({ locale: 'en-GB', ...options, ...signedIn });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${platform.url}${path}`);
  await page.locator('body[data-live=live]').waitFor();
  return page;
}

describe('the status page', () => {
  it('says what became of every reading, and nothing is missing', async () => {
    const totals = { received: 52, stored: 40, rejected: 7, duplicate: 5, waiting: 0 };
    expect(totals.received).toBe(load.good + load.bad + load.repeated);
    await until('all to be stored', async () => {
      const { operations } = await platform.json<PlatformStatus>('/api/v1/status');
      return operations?.pipeline?.totals.waiting === 0 && operations.pipeline.totals.received > 0;
    });
    const { operations } = await platform.json<PlatformStatus>('/api/v1/status');
    expect(operations?.pipeline?.totals).toMatchObject(totals);
    expect(operations?.pipeline?.rejectedBy).toMatchObject([
      { reason: 'unknown-metric', total: 7 },
    ]);

    const page = await open('/status?lang=en', adminToken);
    const totalOf = (name: string) =>
      page
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .getByRole('cell')
        .last();
    await expect.poll(() => totalOf('received').textContent()).toBe('52');
    expect(await totalOf('stored').textContent()).toBe('40');
    expect(await totalOf('rejected').textContent()).toBe('7');
    expect(await totalOf('duplicate').textContent()).toBe('5');
    await page.getByText('Nothing is missing: received = stored + rejected + duplicate.').waitFor();
  });

  it('shows the public whether it works, and nothing else', async () => {
    const page = await open('/status?lang=en', undefined);
    await page.getByText('are shown to operators after signing in').waitFor();
    expect(await page.getByRole('heading', { name: 'Readings' }).count()).toBe(0);
  });

  it('has no violation, nor its device page, and both fit on 320 px', async () => {
    const page = await open('/status?lang=en', adminToken, { bypassCSP: true });
    await page.getByRole('heading', { name: 'Latency' }).waitFor();
    expect.soft(await faultsOf(page), 'status').toEqual([]);
    await stepTo(page, `/device/${lamp}?lang=en`);
    await page.getByRole('heading', { name: 'Commands', exact: true }).waitFor();
    expect.soft(await faultsOf(page), 'device').toEqual([]);
  });
});

describe('the chart of a device', () => {
  it('becomes narrow with the screen: a phone is turned', async () => {
    const page = await open('/device/ulm/air-1?lang=en', adminToken, {
      viewport: { width: 640, height: 320 },
    });
    await page.locator('canvas').first().waitFor();
    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });
});

describe('the counts of the overview', () => {
  const countOf = (page: Page, word: string) =>
    page.getByRole('list', { name: 'Overview' }).getByRole('button', { name: word });

  it.each([
    ['everybody', () => undefined],
    ['an operator', () => adminToken],
  ])('stand beside those of last week, for %s', async (_who, token) => {
    const page = await open('/?lang=en', token());
    await countOf(page, '1 normal +1 on last week, as a filter').waitFor();
    await countOf(page, '1 offline −2 on last week, as a filter').waitFor();
    await countOf(page, '0 abnormal ±0 on last week, as a filter').waitFor();
    await page.getByText('+1 on last week').waitFor();
  });

  it('stand alone where nobody counted what the reader sees', async () => {
    const page = await open('/?lang=en', tokens.ulm);
    const asked = page.waitForResponse((response) => response.url().endsWith('/api/v1/status'));
    await page.reload();
    await asked;
    await countOf(page, '1 normal, as a filter').waitFor();
    expect(await page.getByText('on last week').count()).toBe(0);
  });
});

describe('commands', () => {
  /** Does what it is told when it is let. */
  async function startLamp(): Promise<{ answer: () => void }> {
    const topic = `city/v1/${lamp}/commands`;
    const url = `mqtt://127.0.0.1:${platform.mqttPort}`;
    const client = connect(url, { username: 'ulm', password: tokens.ulm });
    onTestFinished(async () => {
      await client.endAsync(true);
    });
    const told: CommandMessage[] = [];
    client.on('message', (_topic, payload) => {
      told.push(JSON.parse(payload.toString()) as CommandMessage);
    });
    await client.subscribeAsync(topic, { qos: 1 });
    return {
      answer() {
        const { id } = told.pop() ?? {};
        client.publish(`${topic}/ack`, JSON.stringify({ id, ok: true, message: 'as you wish' }));
      },
    };
  }

  it.each([
    ['on the page of the device', `/device/${lamp}?lang=en`],
    ['beside its values on the map', `/?device=${lamp}&lang=en`],
  ])('are sent, delivered and done, %s', async (_where, path) => {
    const { answer } = await startLamp();
    const page = await open(path, adminToken);
    await page.getByRole('spinbutton', { name: 'Dim level in percent' }).fill('40');
    await page.getByRole('button', { name: 'Dim', exact: true }).click();
    const newest = page.locator('[data-command]').first();
    await expect.poll(() => newest.getAttribute('data-command')).toBe('delivered');
    expect(await newest.textContent()).toMatch(/Dim 40\s%.*delivered.*by admin/s);
    answer();
    await expect
      .poll(() => newest.getAttribute('data-command'), { timeout: 5_000 })
      .toBe('acknowledged');
    expect(await newest.textContent()).toContain('as you wish');
  });

  it.each([
    ['the public', () => undefined],
    ['a foreign provider', () => tokens.koeln],
  ])('are not for %s', async (_who, token) => {
    const page = await open(`/device/${lamp}?lang=en`, token());
    await page.getByRole('heading', { name: 'Hafengasse 3' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Commands', exact: true }).count()).toBe(0);
    await page.goto(`${platform.url}/?device=${lamp}&lang=en`);
    await page.getByRole('heading', { name: 'Hafengasse 3' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Commands', exact: true }).count()).toBe(0);
  });
});
