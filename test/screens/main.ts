import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { DeviceList } from '../../broker/contract/api.ts';
import { launchBrowser } from '../support/browser.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

/**
 * `npm run screenshots [word…]`: every screen of the demo as a picture in `test/artifacts/screens`, for people to look
 * at. Words choose: only screens whose name has one of them.
 */
const folder = join(import.meta.dirname, '..', 'artifacts', 'screens');
const sizes = [
  { name: 'wall', width: 3840, height: 2160, kiosk: true },
  { name: 'desk', width: 1366, height: 800, kiosk: false },
  { name: 'phone', width: 390, height: 844, kiosk: false },
] as const;

/** Path of every screen by its name. */
async function screensOf(platform: Platform): Promise<Readonly<Record<string, string>>> {
  const deviceOf = async (kind: string): Promise<string> => {
    const { devices } = await platform.json<DeviceList>(`/api/v1/devices?kind=${kind}&limit=1`);
    const [device] = devices;
    if (!device) throw new Error(`the demo has no device of kind ${kind}`);
    return `${device.provider}/${device.id}`;
  };
  const [air, light, waste] = await Promise.all(['air', 'light', 'waste'].map(deviceOf));
  const { alarms } = await platform.json<{ alarms: { id: string }[] }>('/api/v1/alarms?limit=1');
  return {
    overview: '/',
    'overview-device': `/?device=${air}`,
    'overview-map': '/?pane=map',
    air: '/air',
    'air-device': `/air?device=${air}`,
    light: '/light',
    'light-device': `/light?device=${light}`,
    waste: '/waste',
    'waste-device': `/waste?device=${waste}`,
    alarms: '/alarms',
    ...(alarms[0] && { 'alarms-one': `/alarms?alarm=${alarms[0].id}` }),
    'alarms-history': '/alarms?tab=history',
    'alarms-load': '/alarms?tab=load',
    device: `/device/${air}`,
    'device-lamp': `/device/${light}`,
    export: `/export?device=${air}`,
    status: '/status',
    ...Object.fromEntries(
      ['rules', 'maintenance', 'devices', 'providers', 'operators', 'targets', 'jobs', 'audit'].map(
        (tab) => [`admin-${tab}`, `/admin?tab=${tab}`],
      ),
    ),
    help: '/help',
    embed: `/embed/device/${air}`,
  };
}

async function take(browser: Browser, platform: Platform, words: readonly string[]): Promise<void> {
  const screens = Object.entries(await screensOf(platform)).filter(
    ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  for (const { name: size, width, height, kiosk } of sizes) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const data = { token: adminToken };
      await context.request.post(`${platform.url}/api/v1/session`, { data });
      const page = await context.newPage();
      for (const [name, path] of screens) {
        const query = `${path.includes('?') ? '&' : '?'}lang=en${kiosk ? '&kiosk=1' : ''}`;
        await page.goto(platform.url + path + query);
        await settle(page);
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
      }
      await context.close();
      console.log(`${size}, ${colorScheme}: ${screens.length} screens`);
    }
  }
}

/** Nothing is being loaded any more; the stream itself never ends. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  await page.locator('main, #tile').first().waitFor();
  await page.waitForTimeout(1_200);
}

mkdirSync(folder, { recursive: true });
const platform = await startPlatform({ script: 'demo' });
const browser = await launchBrowser();
try {
  await until(
    'the city to speak',
    async () => (await platform.metric('readings_stored_total')) > 5_000,
    60_000,
  );
  await take(browser, platform, process.argv.slice(2));
  console.log(`in ${folder}`);
} finally {
  await browser.close();
  await platform.stop();
}
