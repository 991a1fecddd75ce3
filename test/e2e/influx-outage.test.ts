import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, openPage } from '../support/browser.ts';
import { startFlood, storedTimes } from '../support/flood.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

/** How long InfluxDB is away; `OUTAGE_S=60` for the long form. */
const outageMs = Number(process.env.OUTAGE_S ?? 5) * 1000;

describeWithInflux('an InfluxDB that goes away', () => {
  let influx: InfluxServer;
  let platform: Platform;
  let browser: Browser;

  beforeAll(async () => {
    influx = await startInfluxServer();
    platform = await startPlatform({ env: { INFLUX_URL: influx.url } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await platform.stop();
    await influx.remove();
  });

  it('loses nothing, and the page stays live meanwhile', async () => {
    const token = await platform.provider('ulm');
    const startAt = Date.now() - 3_600_000;
    for (const id of ['flood-0', 'flood-1']) {
      const device = { provider: 'ulm', id, kind: 'air', public: true };
      await platform.api('/api/v1/devices', { method: 'POST', body: JSON.stringify(device) });
    }
    const { page, complaints } = await openPage(browser, `${platform.url}/?device=ulm/flood-0`);
    const seq = async () => Number(await page.locator('body').getAttribute('data-seq'));
    const flood = await startFlood(platform, {
      provider: 'ulm',
      token,
      devices: 2,
      window: 1,
      startAt,
    });
    await until('the page to be live', async () => (await seq()) > 2);

    await influx.stop();
    const backSoon = Date.now() + outageMs;
    const ready = async () => (await platform.api('/readyz')).json();
    await until(
      'the outage to be seen',
      async () => JSON.stringify(await ready()).includes('degraded'),
      20_000,
    );
    do {
      const before = { seq: await seq(), acked: flood.ackedCount() };
      await until('new frames on the page', async () => (await seq()) > before.seq);
      await until('new acknowledgements', () => flood.ackedCount() > before.acked);
    } while (Date.now() < backSoon);
    expect((await platform.api('/readyz')).status).toBe(200);

    await influx.restart();
    await flood.stop();
    await until(
      'catch-up',
      async () => (await platform.metric('journal_backlog_bytes')) === 0,
      60_000,
    );
    for (const [device, times] of flood.acked) {
      const stored = await storedTimes(platform, `ulm/${device}`, startAt);
      expect(new Set(stored).size).toBe(stored.length);
      expect(times.filter((at) => !stored.includes(at))).toEqual([]);
    }
    // The chart's history cannot be had meanwhile, and the browser notes that answer.
    expect(complaints.filter((complaint) => !complaint.includes('503'))).toEqual([]);
  });
});
