import { connect } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Latest } from '../../broker/contract/api.ts';
import type { Command } from '../../broker/contract/commands.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { mosquittoPub } from '../support/mosquitto-pub.ts';
import { adminToken, type Platform, startPlatform } from '../support/platform.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** The same path with every service in a process of its own, on one data folder. */
describeWithInflux('broker, ingest and dashboard apart', () => {
  const folder = makeTempFolder();
  let influx: InfluxServer;
  let broker: Platform;
  let ingest: Platform;
  let dashboard: Platform;

  beforeAll(async () => {
    influx = await startInfluxServer();
    broker = await startPlatform({ args: ['broker'], dataDir: folder.path });
    const env = {
      INFLUX_URL: influx.url,
      BROKER_URL: `mqtt://admin:${adminToken}@127.0.0.1:${broker.mqttPort}`,
    };
    ingest = await startPlatform({ args: ['ingest'], dataDir: folder.path, env });
    dashboard = await startPlatform({ args: ['dashboard'], dataDir: folder.path, env });
  });
  afterAll(async () => {
    await dashboard?.stop();
    await ingest?.stop();
    await broker?.stop();
    await influx?.remove();
    folder.remove();
  });

  /** A command goes out by the dashboard's own connection, and its answer comes back by it. */
  async function tellAndAnswer(password: string): Promise<void> {
    const device = connect(`mqtt://127.0.0.1:${broker.mqttPort}`, { username: 'ulm', password });
    const topic = 'city/v1/ulm/node-1/commands';
    device.on('message', (_topic, payload) => {
      const { id } = JSON.parse(payload.toString()) as { id: string };
      device.publish(`${topic}/ack`, JSON.stringify({ id, ok: true }), { qos: 1 });
    });
    await device.subscribeAsync(topic, { qos: 1 });
    const body = JSON.stringify({ command: 'ping' });
    const sent = await dashboard.api('/api/v1/devices/ulm/node-1/commands', {
      method: 'POST',
      body,
    });
    const { id } = (await sent.json()) as Command;
    await until('the answer', async () => {
      const { state } = await dashboard.json<Command>(`/api/v1/commands/${id}`);
      return state === 'acknowledged';
    });
    await device.endAsync();
  }

  it('carry a reading from a device to latest and series, and stop cleanly', async () => {
    const password = await dashboard.provider('ulm');
    const topic = 'city/v1/ulm/node-1/readings';
    // The broker hears of the new provider within a second.
    await until('the provider to be let in', async () => {
      const { code } = await mosquittoPub({
        port: broker.mqttPort,
        user: 'ulm',
        password,
        topic,
        payload: '{"pm10":12.3}',
      });
      return code === 0;
    });
    await until('latest', async () =>
      (await dashboard.json<Latest>('/api/v1/latest')).columns.value.includes(12.3),
    );
    await until('series', async () => {
      const series = await dashboard.json<{ columns: { value: number[] } }>(
        '/api/v1/series?device=ulm/node-1&metric=pm10&resolution=raw',
      );
      return series.columns.value.includes(12.3);
    });
    await tellAndAnswer(password);
    expect((await dashboard.api('/readyz')).status).toBe(200);
    for (const part of [dashboard, ingest, broker]) expect(await part.stop('SIGTERM')).toBe(0);
  });
});
