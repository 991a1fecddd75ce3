import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Alarm, AlarmList } from '../../broker/contract/alarms.ts';
import { faultsOf, stepTo } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let browser: Browser;
let token: string;

/** Raised by one message, so that a test has an alarm when it wants one. */
const rule = {
  name: 'Hot',
  priority: 'high',
  metric: 'temperature',
  condition: { type: 'threshold', op: 'gt', value: 40 },
  grouping: 'none',
  response: 'Find some shade.',
  timeAllowedMs: 600_000,
};
const bins = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

beforeAll(async () => {
  platform = await startPlatform();
  token = await platform.provider('ulm');
  for (const id of bins) {
    const body = JSON.stringify({ provider: 'ulm', id, kind: 'weather', name: `Mast ${id}` });
    expect((await platform.api('/api/v1/devices', { method: 'POST', body })).status).toBe(201);
  }
  const put = { method: 'PUT', body: JSON.stringify(rule) };
  expect((await platform.api('/api/v1/alarm-rules/hot', put)).status).toBe(200);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

/** The device reports a temperature. */
function report(id: string, temperature: number) {
  return mosquittoPub({
    port: platform.mqttPort,
    user: 'ulm',
    password: token,
    topic: `city/v1/ulm/${id}/readings`,
    payload: JSON.stringify({ temperature }),
  });
}

async function alarmOf(id: string): Promise<Alarm | undefined> {
  const { alarms } = await platform.json<AlarmList>(`/api/v1/alarms?state=all&device=ulm/${id}`);
  return alarms.find((alarm) => alarm.rule === 'hot');
}

/** Raises an alarm of a device, and waits until it is there. */
async function raise(id: string): Promise<Alarm> {
  await report(id, 45);
  let alarm: Alarm | undefined;
  await until('the alarm', async () => {
    alarm = await alarmOf(id);
    return alarm?.active === true;
  });
  return alarm as Alarm;
}

/** A browser in which the administrator has signed in: once for all tests, as attempts are limited. */
async function signedIn(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    ...(session ? { storageState: session } : {}),
    ...options,
  });
  onTestFinished(() => context.close());
  if (!session) {
    const headers = { 'content-type': 'application/json', origin: platform.url };
    const data = JSON.stringify({ token: adminToken });
    const answer = await context.request.post(`${platform.url}/api/v1/session`, { data, headers });
    expect(answer.ok()).toBe(true);
    session = await context.storageState();
  }
  return context;
}
let session: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(platform.url + path);
  await page.locator('body[data-live=live]').waitFor();
  return page;
}

const rowOf = (page: Page, id: string) =>
  page
    .getByRole('grid')
    .getByRole('row')
    .filter({ hasText: `Mast ${id}` });

describe('alarms', () => {
  it('are for those who have signed in, who are helped to do so', async () => {
    const context = await browser.newContext({ locale: 'en-GB' });
    onTestFinished(() => context.close());
    const page = await open(context, '/alarms?lang=en');
    await page.getByText('Please sign in for this.').waitFor();
    await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('textbox', { name: 'Token' }).fill(adminToken);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: /^Open \d+$/ }).waitFor();
  });

  it('come by themselves, are called out, and are acknowledged by keys alone, in all tabs', async () => {
    const context = await signedIn();
    const page = await open(context, '/alarms?lang=en');
    const other = await open(context, '/alarms?lang=en&tab=unacknowledged');
    await raise('a');
    await rowOf(page, 'a').waitFor();
    await page.getByRole('alert').filter({ hasText: 'high: Hot, Mast a' }).waitFor();
    expect(await page.title()).toMatch(/^\(1\) Alarms/);
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/icon-alarm.svg');
    await rowOf(other, 'a').waitFor();
    await rowOf(page, 'a').focus();
    await page.keyboard.press('a');
    await rowOf(page, 'a').getByText('active, acknowledged').waitFor();
    await rowOf(other, 'a').waitFor({ state: 'detached' });
    await until('the title to be quiet', async () => (await page.title()).startsWith('Alarms'));
    expect(await alarmOf('a')).toMatchObject({ acknowledged: true, acknowledgedBy: 'admin' });
  });

  it('are put aside with a reason, and taken back, from the panel', async () => {
    const alarm = await raise('b');
    const page = await open(await signedIn(), `/alarms?lang=en&alarm=${alarm.id}`);
    await page.getByText('Find some shade.').waitFor();
    await page.getByRole('button', { name: 'Shelve …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Shelve' }).click();
    expect(await dialog.isVisible(), 'without a reason nothing is shelved').toBe(true);
    await dialog.getByLabel('Reason').fill('The mast is being painted');
    await dialog.getByLabel('8 h').check();
    await dialog.getByRole('button', { name: 'Shelve' }).click();
    await rowOf(page, 'b').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: /^Shelved 1$/ }).click();
    await rowOf(page, 'b')
      .getByText(/The mast is being painted/)
      .waitFor();
    await rowOf(page, 'b').getByText('Hot').click();
    await page.getByRole('button', { name: 'Unshelve' }).click();
    await rowOf(page, 'b').waitFor({ state: 'detached' });
    expect((await alarmOf('b'))?.shelved).toBeUndefined();
  });

  it('that somebody else has changed meanwhile are not acknowledged unseen', async () => {
    const { id } = await raise('c');
    const page = await open(await signedIn(), '/alarms?lang=en');
    await rowOf(page, 'c').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const body = JSON.stringify({ comment: 'On my way' });
    await platform.api(`/api/v1/alarms/${id}/comments`, { method: 'POST', body });
    await rowOf(page, 'c').focus();
    await page.keyboard.press('a');
    await page.getByRole('alert').filter({ hasText: '“Hot” has changed meanwhile' }).waitFor();
    await rowOf(page, 'c').getByText('active, unacknowledged').waitFor();
    expect((await alarmOf('c'))?.acknowledged).toBe(false);
  });

  it('are acknowledged many at once, with one comment in the history of each', async () => {
    await raise('e');
    const { id } = await raise('f');
    const page = await open(await signedIn(), '/alarms?lang=en&q=Mast');
    for (const name of ['e', 'f']) await rowOf(page, name).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Acknowledge …' }).click();
    await page.getByLabel('Comment').fill('Heat wave');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    for (const name of ['e', 'f']) {
      await rowOf(page, name).getByText('active, acknowledged').waitFor();
    }
    await page.goto(`${platform.url}/alarms?lang=en&alarm=${id}`);
    await page.getByText('Heat wave').waitFor();
  });

  it('of a device stand beside its values, and are acknowledged there', async () => {
    await raise('d');
    const page = await open(await signedIn(), '/?lang=en&device=ulm/d');
    await page.getByRole('heading', { name: 'Open alarms' }).waitFor();
    await page.getByRole('button', { name: 'Acknowledge Hot' }).click();
    const section = page.locator('section[aria-labelledby=device-alarms]');
    await section.getByText('active, acknowledged').waitFor();
  });
});

describe('the administration', () => {
  it('makes a rule that says what it does, is tried first, and is refused at the field', async () => {
    const page = await open(await signedIn(), '/admin?lang=en');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Identifier', { exact: true }).fill('very-hot');
    await dialog.getByLabel('Name', { exact: true }).fill('Very hot');
    await dialog.getByLabel('Metric').selectOption('temperature');
    await dialog.getByLabel('Limit').fill('44');
    await dialog.getByLabel('Over only at').fill('50');
    await dialog.getByText('Alarm (low) for all devices when Temperature is above 44.0').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog
      .getByText(/50 must not be above 44/)
      .first()
      .waitFor();
    await dialog.getByLabel('Over only at').fill('43');
    await dialog.getByRole('button', { name: 'Try on the last week' }).click();
    await dialog.getByText(/Would have fired \d+ times/).waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('checkbox', { name: 'Very hot switched on' }).uncheck();
    await until('the rule to be off', async () => {
      const kept = await platform.json<{ enabled: boolean }>('/api/v1/alarm-rules/very-hot');
      return !kept.enabled;
    });
  });

  it('shows the token of a new provider once, and changes and deletes a device after asking', async () => {
    const page = await open(await signedIn(), '/admin?lang=en&tab=providers');
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await page.getByLabel('Identifier', { exact: true }).fill('neu');
    await page.getByLabel('Name').fill('New ones');
    await page.getByRole('button', { name: 'Save' }).click();
    expect((await page.locator('[data-token]').textContent())?.length).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'It is kept' }).click();
    await page.getByRole('row', { name: /New ones/ }).waitFor();

    await page.goto(`${platform.url}/admin?lang=en&tab=devices&q=Mast%20f`);
    await page.getByRole('button', { name: 'Edit Mast f' }).click();
    await page.getByLabel('Latitude (degrees)').fill('120');
    await page.getByLabel('Longitude (degrees)').fill('9,99');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Latitude (degrees)').and(page.locator('[aria-invalid=true]')).waitFor();
    await page.getByLabel('Latitude (degrees)').fill('48,4');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const device = await platform.json<{ location: unknown }>('/api/v1/devices/ulm/f');
    expect(device.location).toEqual({ lat: 48.4, lon: 9.99 });
    await page.getByRole('button', { name: 'Delete Mast f' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /Mast f/ }).waitFor({ state: 'detached' });
  });
});

describe('accessibility', () => {
  const screens = [
    ...['', '&tab=unacknowledged', '&tab=history', '&tab=load'].map(
      (tab) => `/alarms?lang=en${tab}`,
    ),
    ...[
      'rules',
      'maintenance',
      'devices',
      'providers',
      'operators',
      'targets',
      'jobs',
      'audit',
    ].map((tab) => `/admin?lang=en&tab=${tab}`),
  ];

  it('axe finds nothing on any tab in either theme, and 320 px are enough', async () => {
    const { id } = await raise('a');
    const page = await open(await signedIn({ bypassCSP: true }), '/help?lang=en');
    for (const path of [...screens, `/alarms?lang=en&alarm=${id}`]) {
      await stepTo(page, path);
      await page.locator('main nav[aria-label] a[aria-current]').waitFor();
      await page.locator('main').getByText('loading').waitFor({ state: 'detached' });
      expect.soft(await faultsOf(page), path).toEqual([]);
    }
  });
});
