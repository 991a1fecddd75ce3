import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { faultsOf, sidewaysPx, stepTo } from '../support/axe.ts';
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

let platform: Platform;
let browser: Browser;
let token: string;

/** Eight devices on a small map: one urgent, one private, one that never spoke. */
const devices = [
  { id: 'bin-full', kind: 'waste', name: 'Am Markt 1', payload: '{"fill_level":97}' },
  { id: 'bin-half', kind: 'waste', name: 'Am Markt 2', payload: '{"fill_level":50}' },
  { id: 'lamp-1', kind: 'light', name: 'Hafengasse 3', payload: '{"lamp_on":1,"power":41.5}' },
  { id: 'lamp-2', kind: 'light', name: 'Hafengasse 5', payload: '{"lamp_on":0,"power":0.4}' },
  {
    id: 'air-1',
    kind: 'air',
    name: 'Donauufer',
    payload: '{"pm10":12.3,"pm2_5":8.1,"temperature":6}',
  },
  { id: 'air-2', kind: 'air', name: 'Eselsberg', payload: '{"pm10":9.3,"pm2_5":5.5}' },
  { id: 'silent', kind: 'noise', name: 'Ohne Worte', payload: undefined },
  { id: 'private', kind: 'air', name: 'Balkon', payload: '{"pm10":7}', public: false },
] as const;

beforeAll(async () => {
  platform = await startPlatform();
  token = await platform.provider('ulm');
  for (const [index, { payload, ...device }] of devices.entries()) {
    const location = { lat: 48.39 + index * 0.003, lon: 9.98 + (index % 3) * 0.008 };
    const body = JSON.stringify({
      provider: 'ulm',
      public: true,
      location,
      intervalMs: 3_600_000,
      ...device,
    });
    const response = await platform.api('/api/v1/devices', { method: 'POST', body });
    expect(response.status).toBe(201);
    if (payload) await publish(device.id, payload);
  }
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

function publish(id: string, payload: string) {
  const topic = `city/v1/ulm/${id}/readings`;
  return mosquittoPub({ port: platform.mqttPort, user: 'ulm', password: token, topic, payload });
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

const deviceRows = (page: Page) =>
  page.getByRole('listbox', { name: 'Devices' }).getByRole('option');

const streetsOfUlm = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: { role: 'road', name: 'Hafengasse' },
      geometry: {
        type: 'LineString',
        coordinates: [
          [9.98, 48.39],
          [9.99, 48.4],
        ],
      },
    },
  ],
};

describe('map, list and detail', () => {
  it('show the worst first and are one selection, in the address too', async () => {
    const { page, complaints } = await open('/?lang=en');
    await deviceRows(page).first().waitFor();
    expect(await deviceRows(page).count()).toBe(7);
    expect(await deviceRows(page).first().textContent()).toContain('Am Markt 1');
    await deviceRows(page).filter({ hasText: 'Donauufer' }).click();
    await page.getByRole('heading', { name: 'Donauufer' }).waitFor();
    expect(new URL(page.url()).searchParams.get('device')).toBe('ulm/air-1');
    await page.getByRole('button', { name: /^Particulate matter PM2.5 8.1/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Donauufer' }).waitFor({ state: 'hidden' });
    expect(complaints).toEqual([]);
  });

  it('hold the same devices: every row of the list has its marker', async () => {
    const { page } = await open('/?lang=en');
    await deviceRows(page).first().waitFor();
    await page.locator('canvas').first().waitFor();
    const onMap = await page.evaluate(`(async () => {
      const map = document.querySelector('[role=application]').getBoundingClientRect();
      for (let tries = 0; tries < 200; tries++) {
        const found = window.sensorplatz?.markersAt(map.width / 2, map.height / 2, 5000) ?? [];
        if (found.length >= 7) return [...new Set(found)].sort();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return [];
    })()`);
    expect(onMap).toEqual(
      devices
        .filter(({ id }) => id !== 'private')
        .map(({ id }) => `ulm/${id}`)
        .sort(),
    );
  });

  it('filter by kind, by state and by text', async () => {
    const { page } = await open('/?lang=en');
    await deviceRows(page).first().waitFor();
    await page.getByRole('button', { name: 'Waste' }).click();
    await expect.poll(() => deviceRows(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Waste' }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('hafen');
    await expect.poll(() => deviceRows(page).count()).toBe(2);
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('hafen');
  });

  it('are narrowed by the figures at the top, which count what the list then shows', async () => {
    const { page } = await open('/?lang=en');
    await expect.poll(() => deviceRows(page).count()).toBe(7);
    const figures = page.getByRole('list', { name: 'Overview' }).getByRole('button');
    let total = 0;
    for (const figure of await figures.all()) {
      const count = Number.parseInt((await figure.getAttribute('aria-label')) ?? '', 10);
      total += count;
      await figure.click();
      await expect.poll(() => deviceRows(page).count()).toBe(count);
      expect(new URL(page.url()).searchParams.get('status')).toMatch(/abnormal|stale|offline|ok/);
      await figure.click();
      await expect.poll(() => deviceRows(page).count()).toBe(7);
    }
    expect(total).toBe(7);
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await open('/?lang=en');
    await deviceRows(page).first().waitFor();
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator(':focus').textContent()).toMatch(/skip/i);
    await page.keyboard.press('Enter');
    await page.getByRole('listbox', { name: 'Devices' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('device')).not.toBeNull();
    await page.keyboard.press('Escape');
    await expect.poll(() => new URL(page.url()).searchParams.get('device')).toBeNull();
  });
});

describe('a map that is left', () => {
  /** Whatever the map still had to do by timers (250 ms at most) has been done when this one runs. */
  const laterTimer = 'new Promise((done) => setTimeout(done, 400))';

  it.each([
    [
      'is resized',
      async (page: Page) => {
        // On a phone the list hides it.
        await page.setViewportSize({ width: 320, height: 640 });
        await page.setViewportSize({ width: 1366, height: 820 });
      },
    ],
    ['zooms', (page: Page) => page.getByRole('button', { name: 'Zoom in' }).click()],
    [
      'goes to another device',
      (page: Page) => deviceRows(page).filter({ hasText: 'Donauufer' }).click(),
    ],
  ] as const)(
    'while it %s complains of nothing, and says no more where it was',
    async (_what, move) => {
      const { page, complaints } = await open('/?lang=en');
      await deviceRows(page).first().waitFor();
      await move(page);
      await page.evaluate(
        'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))',
      );
      await stepTo(page, '/help?lang=en');
      await page.getByRole('heading', { name: 'Help' }).first().waitFor();
      await page.evaluate(laterTimer);
      expect(complaints).toEqual([]);
      expect(page.url()).toBe(`${platform.url}/help?lang=en`);
    },
  );

  it("takes the city's drawing no more when it comes after that", async () => {
    const { page, complaints } = await open('/help?lang=en', { serviceWorkers: 'block' });
    await page.route('**/api/v1/site', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), hasBaseMap: true } });
    });
    let held: Route | undefined;
    await page.route('**/api/v1/map', (route) => {
      held = route;
    });
    await page.goto(`${platform.url}/help?lang=en`);
    await stepTo(page, '/?lang=en');
    const drawing = await until('the drawing to be asked for', () => held);
    await stepTo(page, '/help?lang=en');
    await page.getByRole('heading', { name: 'Help' }).first().waitFor();
    await drawing.fulfill({ json: streetsOfUlm });
    await page.evaluate(laterTimer);
    expect(complaints).toEqual([]);
  });
});

describe('live', () => {
  it('a new value appears in list, detail and chart without a reload', async () => {
    const { page } = await open('/?lang=en&device=ulm/air-2');
    await page.getByRole('heading', { name: 'Eselsberg' }).waitFor();
    await publish('air-2', '{"pm2_5":61.7}');
    await deviceRows(page).filter({ hasText: 'Eselsberg' }).filter({ hasText: '61.7' }).waitFor();
    await page.getByRole('button', { name: /^Particulate matter PM2.5 61.7/ }).waitFor();
  });

  it('comes back by itself after the platform was restarted', async () => {
    const { page } = await open('/?lang=en');
    const { dataDir, httpPort, mqttPort } = platform;
    await platform.stop();
    await page.locator('body:not([data-live=live])').waitFor({ timeout: 30_000 });
    platform = await startPlatform({ dataDir, ports: { httpPort, mqttPort } });
    await page.locator('body[data-live=live]').waitFor({ timeout: 30_000 });
    expect(await deviceRows(page).count()).toBe(7);
  });

  it('two tabs share one stream, and the second goes on when the first is closed', async () => {
    const { page } = await open('/?lang=en');
    const second = await page.context().newPage();
    await second.goto(`${platform.url}/?lang=en`);
    await second.locator('body[data-live=live]').waitFor();
    await expect.poll(() => platform.metric('live_clients')).toBe(1);
    await page.close();
    const seq = async () => Number(await second.locator('body').getAttribute('data-seq'));
    const before = await seq();
    await publish('lamp-1', '{"power":40.1}');
    await expect.poll(seq, { timeout: 10_000 }).toBeGreaterThan(before);
  });

  it('pauses and goes on', async () => {
    const { page } = await open('/?lang=en');
    await page.getByRole('button', { name: 'Pause' }).click();
    await publish('bin-half', '{"fill_level":51}');
    await page.getByRole('button', { name: /Resume|Go on|Continue/ }).click();
    await deviceRows(page).filter({ hasText: 'Am Markt 2' }).filter({ hasText: '51' }).waitFor();
  });
});

describe('access', () => {
  it('shows a private device only after signing in, and not after signing out', async () => {
    const { page } = await open('/?lang=en');
    await deviceRows(page).first().waitFor();
    expect(await page.getByText('Balkon').count()).toBe(0);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page
      .getByRole('button', { name: /sign in/i })
      .first()
      .click();
    await page.getByRole('textbox', { name: 'Token' }).fill(adminToken);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /sign in/i })
      .click();
    await deviceRows(page).filter({ hasText: 'Balkon' }).waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: /sign out/i }).click();
    await deviceRows(page).filter({ hasText: 'Balkon' }).waitFor({ state: 'hidden' });
  });
});

describe('accessibility', () => {
  it('axe finds no violation in either theme, at a desk or on a phone', async () => {
    const { page } = await open('/?lang=de&device=ulm/air-1', { locale: 'de-DE', bypassCSP: true });
    await page.getByRole('heading', { name: 'Donauufer' }).waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it.each([
    ['the list', '/?lang=de', 'Am Markt 1'],
    ['a device', '/?lang=de&device=ulm/air-1', 'Donauufer'],
  ])('at 320 px %s needs no sideways scrolling', async (_what, path, text) => {
    const { page } = await open(path, { viewport: { width: 320, height: 640 } });
    await page.getByText(text).locator('visible=true').first().waitFor();
    expect(await sidewaysPx(page)).toBeLessThanOrEqual(0);
  });

  it('says in which language it is, and speaks German and English', async () => {
    for (const [lang, word] of [
      ['de', 'Geräte'],
      ['en', 'devices'],
    ] as const) {
      const { page } = await open(`/?lang=${lang}`);
      await page.getByText(word).first().waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe(lang);
    }
  });
});
