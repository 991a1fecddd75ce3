import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceList } from '../../broker/contract/api.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

describe('npm run demo', () => {
  let platform: Platform;
  let browser: Browser;
  beforeAll(async () => {
    platform = await startPlatform({ script: 'demo' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  it('shows at least 300 live devices, says that they are simulated, and asks no third party', async () => {
    const { page, complaints } = await openPage(browser, `${platform.url}/?lang=en`);
    await page.locator('body[data-live=live]').waitFor();
    const { devices } = await until(
      '300 devices that have spoken',
      async () => {
        const list = await platform.json<DeviceList>('/api/v1/devices?status=ok&limit=1000');
        return list.devices.length >= 300 && list;
      },
      60_000,
    );
    expect(new Set(devices.map(({ kind }) => kind))).toEqual(
      new Set(['air', 'light', 'waste', 'noise']),
    );
    await page
      .getByText(/simulated/i)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  it('loses none of its readings', async () => {
    await until(
      'a moment of rest',
      async () => {
        const [received, stored, duplicate] = await Promise.all(
          ['received', 'stored', 'duplicate'].map((name) =>
            platform.metric(`readings_${name}_total`),
          ),
        );
        return received === (stored ?? 0) + (duplicate ?? 0);
      },
      60_000,
    );
    expect(await platform.metric('readings_rejected_total')).toBe(0);
  });

  it('is drawn on its own base map', async () => {
    const map = await platform.json<{ features: { properties: { role: string } }[] }>(
      '/api/v1/map',
    );
    const roles = new Set(map.features.map(({ properties }) => properties.role));
    expect([...roles].sort()).toEqual(['district', 'park', 'road', 'water']);
  });

  it('stops cleanly', async () => {
    expect(await platform.stop('SIGTERM')).toBe(0);
  });
});
