import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import type { HealthPart } from '../../broker/contract/health.ts';
import { type Flood, startFlood, storedTimes } from '../support/flood.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { type Platform, spawnPlatform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

let platform: Platform | undefined;
let flood: Flood | undefined;
let influx: InfluxServer | undefined;
const mounts: string[] = [];

afterEach(async () => {
  await flood?.stop();
  await platform?.stop('SIGKILL');
  await influx?.remove();
  for (const path of mounts.splice(0)) execFileSync('umount', ['-l', path]);
  platform = flood = influx = undefined;
});

/** Mounts a small file system, or says why not: that takes root. */
function mountSmall(path: string): string | undefined {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'pipe' });
    mounts.push(path);
    return undefined;
  } catch (error) {
    return `a tmpfs cannot be mounted here: ${(error as Error).message.split('\n')[0]}`;
  }
}

const journalHealth = async (of: Platform): Promise<HealthPart | undefined> => {
  const answer = await of.api('/readyz').catch(() => undefined);
  if (!answer) return undefined;
  const { parts } = (await answer.json()) as { parts: HealthPart[] };
  return parts.find(({ name }) => name === 'journal');
};

/** Nothing may be acknowledged now, on no way in, and each says so in its own words. */
async function expectNothingKept(of: Platform, token: string): Promise<void> {
  const push = await of.api('/api/v1/push/native?device=ulm/pushed', {
    method: 'POST',
    token,
    body: '{"pm10":1}',
  });
  expect([push.status, ((await push.json()) as { code: string }).code]).toEqual([503, 'not-kept']);
  expect(Number(push.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await of.api('/readyz')).status).toBe(503);

  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${of.mqttPort}`, {
    username: 'ulm',
    password: token,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  const refusedBefore = await of.metric('mqtt_refused_total', 'overloaded');
  client.publish('city/v1/ulm/qos0/readings', '{"pm10":1}', { qos: 0 });
  await until(
    'QoS 0 to be dropped and counted',
    async () => (await of.metric('mqtt_refused_total', 'overloaded')) > refusedBefore,
  );
  expect(client.connected).toBe(true);
  let acknowledged = false;
  client.publish('city/v1/ulm/qos1/readings', '{"pm10":1}', { qos: 1 }, (error) => {
    acknowledged = !error;
  });
  await until('the connection to be closed', () => !client.connected, 45_000);
  expect(acknowledged).toBe(false);
  await client.endAsync(true);
}

async function lost(of: Platform, acked: Map<string, number[]>, startAt: number): Promise<number> {
  await until(
    'the journal to be stored',
    async () => (await of.metric('journal_backlog_bytes')) === 0,
    60_000,
  );
  let count = 0;
  for (const [device, times] of acked) {
    const known = new Set(await storedTimes(of, `ulm/${device}`, startAt));
    count += times.filter((at) => !known.has(at)).length;
  }
  return count;
}

describe('a journal on a full disk', () => {
  it('keeps what was acknowledged, refuses the rest, survives a restart and recovers by itself', async (context) => {
    const dataDir = makeTempFolder().path;
    const journal = join(dataDir, 'journal');
    const whyNot = mountSmall(journal);
    if (whyNot) console.warn(`skipped: ${whyNot}`);
    context.skip(whyNot !== undefined);
    platform = await startPlatform({ dataDir });
    const token = await platform.provider('ulm');
    const startAt = Date.now() - 3_600_000;
    flood = await startFlood(platform, { provider: 'ulm', token, devices: 4, window: 20, startAt });
    await until('acknowledgements', () => (flood?.ackedCount() ?? 0) > 1_000, 30_000);
    const filler = join(journal, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(8e6));
    } catch {
      // Full.
    }
    const full = platform;
    await until(
      'the disk to be full',
      async () => (await journalHealth(full))?.state === 'failed',
      30_000,
    );
    expect((await journalHealth(full))?.detail).toMatch(/ENOSPC/);
    await expectNothingKept(full, token);
    await full.stop('SIGKILL');

    platform = await spawnPlatform({
      dataDir,
      ports: { httpPort: full.httpPort, mqttPort: full.mqttPort },
    });
    const again = platform;
    await until('the start', async () => (await journalHealth(again))?.state === 'failed', 60_000);
    rmSync(filler);
    await until('recovery', async () => (await again.api('/readyz')).status === 200, 15_000);
    const before = flood.ackedCount();
    const running = flood;
    await until(
      'the devices to be served again',
      () => running.ackedCount() > before + 200,
      45_000,
    );
    await flood.stop();
    expect(await lost(platform, flood.acked, startAt)).toBe(0);
  });
});

describeWithInflux('a journal that has grown to JOURNAL_MAX', () => {
  it('takes nothing more, says so, and goes on when the store has caught up', async () => {
    influx = await startInfluxServer();
    platform = await startPlatform({ env: { INFLUX_URL: influx.url, JOURNAL_MAX: '1MB' } });
    const full = platform;
    const token = await full.provider('ulm');
    const startAt = Date.now() - 3_600_000;
    await influx.stop();
    const running = await startFlood(full, {
      provider: 'ulm',
      token,
      devices: 4,
      window: 50,
      startAt,
    });
    flood = running;
    await until('the bound', async () => (await journalHealth(full))?.state === 'failed', 30_000);
    expect((await journalHealth(full))?.detail).toMatch(/JOURNAL_MAX is 1000000/);
    await expectNothingKept(full, token);
    const before = running.ackedCount();
    await influx.restart();
    await until('recovery', async () => (await full.api('/readyz')).status === 200, 30_000);
    await until(
      'the devices to be served again',
      () => running.ackedCount() > before + 200,
      45_000,
    );
    await running.stop();
    expect(await lost(full, running.acked, startAt)).toBe(0);
  });
});
