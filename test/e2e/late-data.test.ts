import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../broker/contract/api.ts';
import type { JobState } from '../../broker/contract/jobs.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { type Tier, tiers, tierWidthMs, windowStart } from '../../broker/contract/windows.ts';
import { type InfluxServer, startInfluxServer } from '../support/influx-server.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { storeKinds } from '../support/store-kinds.ts';
import { until } from '../support/until.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe.each(storeKinds())('late data, %s store', (kind) => {
  let influx: InfluxServer | undefined;
  let platform: Platform;
  let token: string;

  beforeAll(async () => {
    influx = kind === 'influx' ? await startInfluxServer() : undefined;
    platform = await startPlatform({ env: influx ? { INFLUX_URL: influx.url } : {} });
    token = await platform.provider('ulm');
  });
  afterAll(async () => {
    await platform?.stop();
    await influx?.remove();
  });

  const publish = (device: string, at: number, pm10: number) =>
    mosquittoPub({
      port: platform.mqttPort,
      user: 'ulm',
      password: token,
      topic: `city/v1/ulm/${device}/readings`,
      payload: JSON.stringify({ at, pm10 }),
    });

  /** The window of a tier that holds an instant, as the API tells it. */
  async function windowOf(device: string, tier: Tier, at: number) {
    const from = windowStart(tier, at);
    const query = `device=ulm/${device}&metric=pm10&from=${from}&to=${from + tierWidthMs[tier]}`;
    const url = `/api/v1/series?${query}&resolution=${tier}&detail=true`;
    const { columns } = await platform.json<Series & { columns: TierColumns }>(url);
    return { mean: columns.mean[0], count: columns.count[0], revision: columns.revision[0] };
  }

  it('corrects every tier up to 48 h, and raises the revision of closed windows', async () => {
    // Two days ago less an hour: closed in every tier.
    const at = windowStart('1h', Date.now() - 46 * hour) + 10_000;
    await publish('node-1', at, 10);
    await until('the first', async () => (await windowOf('node-1', '1d', at)).count === 1);
    const before = await Promise.all(tiers.map((tier) => windowOf('node-1', tier, at)));
    expect(before.map(({ mean }) => mean)).toEqual([10, 10, 10]);

    await publish('node-1', at + 20_000, 30);
    await until('the late one', async () => (await windowOf('node-1', '1d', at)).count === 2);
    for (const [index, tier] of tiers.entries()) {
      const row = await windowOf('node-1', tier, at);
      expect([tier, row]).toEqual([
        tier,
        { mean: 20, count: 2, revision: (before[index]?.revision ?? 0) + 1 },
      ]);
    }
    // The same once more changes nothing.
    await publish('node-1', at + 20_000, 30);
    await until(
      'the duplicate',
      async () => (await platform.metric('readings_duplicate_total')) > 0,
    );
    expect((await windowOf('node-1', '1d', at)).revision).toBe((before[2]?.revision ?? 0) + 1);
  });

  // The formats of InfluxDB's rows and the thread of spreadsheets are loaded only when they are asked for.
  it.each([
    ['csv', /,20\.0,10\.0,30\.0,2,/],
    ['parquet', /^PAR1/],
    ['xlsx', /^PK/],
  ])('is exported with what it corrected, as %s', async (format, expected) => {
    const at = windowStart('1h', Date.now() - 46 * hour) + 10_000;
    const device = `node-${format}`;
    await publish(device, at, 10);
    await publish(device, at + 20_000, 30);
    await until('both', async () => (await windowOf(device, '1h', at)).count === 2);
    const query = `device=ulm/${device}&metric=pm10&from=${at - hour}&to=${at + hour}`;
    const url = `/api/v1/export?${query}&resolution=1h&format=${format}`;
    const response = await platform.api(url);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(expected);
  });

  it('beyond 48 h is stored and counted, and corrects the tiers by command only', async () => {
    const at = windowStart('1d', Date.now()) - 5 * day + hour;
    await publish('node-2', at, 10);
    await until('the reading', async () => (await platform.metric('readings_late_total')) === 1);
    expect((await windowOf('node-2', '1d', at)).count).toBeUndefined();
    const raw = await platform.json<{ columns: { value: number[] } }>(
      `/api/v1/series?device=ulm/node-2&metric=pm10&from=${at}&to=${at + 1}&resolution=raw`,
    );
    expect(raw.columns.value).toEqual([10]);

    const recompute = async (body: object) => {
      const response = await platform.api('/api/v1/recompute', {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as JobState };
    };
    const tooOld = await recompute({ from: Date.now() - 100 * day, to: at });
    expect([tooOld.status, tooOld.body]).toMatchObject([422, { code: 'recompute-refused' }]);
    const done = await recompute({ device: 'ulm/node-2', from: at, to: at + 1 });
    expect([done.status, done.body]).toMatchObject([
      200,
      { name: 'recompute', isRunning: false, figures: { series: 1, done: 1465, total: 1465 } },
    ]);
    for (const tier of tiers) {
      expect(await windowOf('node-2', tier, at)).toMatchObject({ mean: 10, count: 1 });
    }
    const { jobs } = await platform.json<{ jobs: JobState[] }>('/api/v1/jobs');
    expect(jobs.find(({ name }) => name === 'recompute')).toMatchObject({ isRunning: false });
  });
});
