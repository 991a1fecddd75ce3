import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Flood, startFlood, storedTimes } from '../support/flood.ts';
import { type InfluxServer, startInfluxServer } from '../support/influx-server.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { storeKinds } from '../support/store-kinds.ts';
import { traceSyncAndAck } from '../support/trace.ts';
import { until } from '../support/until.ts';

/** Rounds of flood and `kill -9` on one data folder, the later ones during or after a recovery. */
const kills = 3;
const acksBeforeKill = 4_000;

describe.each(storeKinds())('kill -9 during a publish flood, %s store', (kind) => {
  let influx: InfluxServer | undefined;
  let platform: Platform | undefined;
  let flood: Flood | undefined;
  afterEach(async () => {
    await flood?.stop();
    await platform?.stop();
    await influx?.remove();
  });

  it('leaves every acknowledged reading in the store, once', async () => {
    influx = kind === 'influx' ? await startInfluxServer() : undefined;
    const env = influx ? { INFLUX_URL: influx.url } : {};
    platform = await startPlatform({ env });
    const { dataDir } = platform;
    const token = await platform.provider('ulm');
    const startAt = Date.now() - 3_600_000;
    const acked = new Map<string, number[]>();
    for (let round = 0; round < kills; round++) {
      const roundAt = startAt + round * 600_000;
      const running = await startFlood(platform, {
        provider: 'ulm',
        token,
        devices: 8,
        window: 50,
        startAt: roundAt,
      });
      flood = running;
      await until('enough acknowledgements', () => running.ackedCount() >= acksBeforeKill, 30_000);
      await platform.stop('SIGKILL');
      await running.stop();
      for (const [device, times] of running.acked)
        acked.set(device, [...(acked.get(device) ?? []), ...times]);
      platform = await startPlatform({ env, dataDir });
    }
    const restarted = platform;
    await until(
      'the journal to be stored',
      async () => (await restarted.metric('journal_backlog_bytes')) === 0,
      30_000,
    );
    let lost = 0;
    let duplicated = 0;
    for (const [device, times] of acked) {
      const stored = await storedTimes(platform, `ulm/${device}`, startAt);
      const known = new Set(stored);
      duplicated += stored.length - known.size;
      lost += times.filter((at) => !known.has(at)).length;
    }
    expect([...acked.values()].flat().length).toBeGreaterThanOrEqual(kills * acksBeforeKill);
    expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
  });
});

describe('the acknowledgement', () => {
  it('waits for a sync of the journal: a killed process proves nothing, the page cache outlives it', async () => {
    const platform = await startPlatform();
    onTestFinished(async () => void (await platform.stop()));
    const token = await platform.provider('ulm');
    const order = await traceSyncAndAck(platform, { user: 'ulm', token });
    expect(order).toEqual(['write journal', 'fdatasync', 'puback']);
  });
});
