import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Accept } from '../../broker/bus/bus.ts';
import { createMqttClientBus } from '../../broker/bus/mqtt-client.ts';
import { until } from '../support/until.ts';
import { startBrokerProcess } from './broker-process.ts';
import { adminToken, openClient } from './harness.ts';

const readings = 'city/v1/umwelt/a1/readings';
const log = pino({ level: 'silent' });

/** Ingest's end of the broker at a port. */
async function startBus(port: number, accept: Accept) {
  const bus = createMqttClientBus(
    {
      url: `mqtt://127.0.0.1:${port}`,
      clientId: 'sensorplatz-ingest',
      username: 'admin',
      password: adminToken,
    },
    { clock: Date.now, log },
  );
  await bus.start(accept);
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await bus.stop();
    isStopped = true;
  };
  onTestFinished(stop);
  return { stop };
}

describe('a kill of the broker that runs apart from ingest', () => {
  it('loses no message that it acknowledged, under way or waiting for an ingest that is away', async () => {
    const broker = await startBrokerProcess({ apart: true });
    const taken = new Set<string>();
    const take: Accept = ({ payload }, settle) => {
      taken.add(Buffer.from(payload).toString());
      settle();
    };
    const acknowledged = new Set<string>();
    let isFlooding = true;
    const { stop } = await startBus(broker.port, take);
    const device = openClient(broker, { ...broker.asDevice, reconnectPeriod: 50 });
    let next = 0;
    const pump = (): void => {
      if (!isFlooding) return;
      const text = `${next++}`;
      const qos = next % 10 === 0 ? 2 : 1;
      device.publish(readings, text, { qos }, (error) => {
        if (error) return;
        acknowledged.add(text);
        pump();
      });
    };
    for (let index = 0; index < 100; index += 1) pump();
    for (const more of [200, 400]) {
      const from = acknowledged.size;
      await until('a flood', () => acknowledged.size > from + more, 20_000);
      await broker.kill();
      await broker.start();
    }
    await stop();
    const from = acknowledged.size;
    await until(
      'messages for an ingest that is away',
      () => acknowledged.size > from + 300,
      20_000,
    );
    await broker.kill();
    isFlooding = false;
    await broker.start();
    await startBus(broker.port, take);
    const missing = () => [...acknowledged].filter((text) => !taken.has(text));
    await until('all that was acknowledged', () => missing().length === 0, 10_000).catch(() => {});
    expect(missing()).toEqual([]);
  }, 60_000);
});
