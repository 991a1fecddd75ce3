import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Latest, Series } from '../../broker/contract/api.ts';
import { ValuesFrame } from '../../broker/contract/live.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { openEventStream } from '../support/event-stream.ts';
import { type InfluxServer, startInfluxServer } from '../support/influx-server.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { storeKinds } from '../support/store-kinds.ts';
import { until } from '../support/until.ts';

type RawSeries = { columns: { value: number[] } };

describe.each(storeKinds())('from a sensor to a screen, %s store', (kind) => {
  let influx: InfluxServer | undefined;
  let platform: Platform;
  let token: string;
  let browser: Browser;

  beforeAll(async () => {
    influx = kind === 'influx' ? await startInfluxServer() : undefined;
    platform = await startPlatform({ env: influx ? { INFLUX_URL: influx.url } : {} });
    token = await platform.provider('ulm');
    const device = {
      provider: 'ulm',
      id: 'node-1',
      kind: 'air',
      name: 'Donauufer',
      public: true,
      location: { lat: 48.396, lon: 9.99 },
    };
    const response = await platform.api('/api/v1/devices', {
      method: 'POST',
      body: JSON.stringify(device),
    });
    expect(response.status).toBe(201);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await influx?.remove();
  });

  const publish = (payload: string) =>
    mosquittoPub({
      port: platform.mqttPort,
      user: 'ulm',
      password: token,
      topic: 'city/v1/ulm/node-1/readings',
      payload,
    });

  it('of a client that we did not write is in latest, in series, on the stream and on the page', async () => {
    const stream = await openEventStream(`${platform.url}/api/v1/live`);
    const { page, complaints } = await openPage(
      browser,
      `${platform.url}/?device=ulm/node-1&lang=en`,
    );
    await page.locator('body[data-live=live]').waitFor();
    await until('the snapshot', () => stream.events.some(({ event }) => event === 'snapshot'));

    expect(await publish('{"pm2_5":23.7}')).toEqual({ code: 0, error: '' });
    await Promise.all([
      until('latest', async () => {
        const latest = await platform.json<Latest>('/api/v1/latest?device=ulm/node-1');
        return latest.columns.value.includes(23.7);
      }),
      until('series', async () => {
        const series = await platform.json<RawSeries>(
          '/api/v1/series?device=ulm/node-1&metric=pm2_5&resolution=raw',
        );
        return series.columns.value.includes(23.7);
      }),
      until('the stream', async () =>
        stream.events
          .filter(({ event }) => event === 'delta')
          .some(({ data }) => ValuesFrame.parse(data).values.value.includes(23.7)),
      ),
      page.getByText('23.7', { exact: false }).first().waitFor({ timeout: 5_000 }),
    ]);
    stream.close();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is in every tier at once', async () => {
    for (const resolution of ['1m', '1h', '1d']) {
      const { columns } = await platform.json<Series>(
        `/api/v1/series?device=ulm/node-1&metric=pm2_5&resolution=${resolution}`,
      );
      expect(columns).toMatchObject({ mean: [23.7], min: [23.7], max: [23.7], count: [1] });
    }
  });

  it('is understood as SenML and as airRohr pushes it, too', async () => {
    expect(await publish('[{"bn":"urn:dev:x/","n":"temperature","u":"Cel","v":21.4}]')).toEqual({
      code: 0,
      error: '',
    });
    const push = await fetch(`${platform.url}/v1/push-sensor-data/`, {
      method: 'POST',
      headers: {
        'X-Sensor': 'esp8266-526093',
        'X-PIN': '1',
        authorization: `Basic ${btoa(`ulm:${token}`)}`,
      },
      body: '{"software_version":"NRZ-2020-133","sensordatavalues":[{"value_type":"P1","value":"17.58"},{"value_type":"P2","value":"9.40"}]}',
    });
    expect(push.status).toBe(200);
    const latest = await until('both', async () => {
      const { columns } = await platform.json<Latest>('/api/v1/latest');
      const rows = columns.device.map(
        (device, row) => `${device} ${columns.metric[row]} ${columns.value[row]}`,
      );
      return rows.includes('ulm/526093 pm10 17.58') && rows;
    });
    expect(latest).toEqual(
      expect.arrayContaining(['ulm/526093 pm2_5 9.4', 'ulm/node-1 temperature 21.4']),
    );
  });
});
