import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { asAdmin, asDevice, connectClient, openClient, startBroker } from './harness.ts';

const readings = 'city/v1/umwelt/a1/readings';
const ingest = { ...asAdmin, clientId: 'sensorplatz-ingest', clean: false };

describe('a broker that runs apart from ingest', () => {
  it('acknowledges nothing while no ingest has a session', async () => {
    const test = await startBroker({ withoutIngest: true, deps: { limits: { relayWaitMs: 50 } } });
    const device = await connectClient(test, asDevice(test));
    device.publish(readings, 'x', { qos: 1 }, () => {});
    await until('the end', () => !device.connected);
    expect(await test.refused('overloaded')).toBe(1);
  });

  it('waits for an ingest that comes in time', async () => {
    const test = await startBroker({ withoutIngest: true });
    const device = await connectClient(test, asDevice(test));
    const published = device.publishAsync(readings, 'early', { qos: 1 });
    await until('the message', async () => (await test.metric('mqtt_pending_acks')) === 1);
    const late = await connectClient(test, ingest);
    const got: string[] = [];
    late.on('message', (_topic, payload) => got.push(payload.toString()));
    await late.subscribeAsync('city/v1/+/+/readings', { qos: 1 });
    await published;
    await until('the message', () => got.length === 1);
  });

  it('does not take a session of somebody else for ingest', async () => {
    const test = await startBroker({ withoutIngest: true, deps: { limits: { relayWaitMs: 50 } } });
    const tool = await connectClient(test, { ...ingest, clientId: 'some-tool' });
    await tool.subscribeAsync('city/v1/#', { qos: 1 });
    const device = await connectClient(test, asDevice(test));
    device.publish(readings, 'x', { qos: 1 }, () => {});
    await until('the end', () => !device.connected);
  });

  it('queues for an ingest that is away, and acknowledges no more when the queue is full', async () => {
    const limits = { queuedPerPlatformSessionMax: 20, relayWaitMs: 200 };
    const test = await startBroker({ withoutIngest: true, deps: { limits } });
    const first = await connectClient(test, ingest);
    await first.subscribeAsync('city/v1/+/+/readings', { qos: 1 });
    await first.endAsync();
    const device = openClient(test, { ...asDevice(test) });
    let acknowledged = 0;
    await until('the connection', () => device.connected);
    for (let index = 0; index < 30 && device.connected; index += 1) {
      const published = device.publishAsync(readings, `${index}`, { qos: 1 }).then(() => true);
      const closed = until('the end', () => !device.connected).then(() => false);
      if (await Promise.race([published, closed])) acknowledged += 1;
    }
    expect(acknowledged).toBeGreaterThanOrEqual(10);
    expect(acknowledged).toBeLessThan(20);
    const got: string[] = [];
    const again = openClient(test, ingest);
    again.on('message', (_topic, payload) => got.push(payload.toString()));
    await until('all that was acknowledged', () => got.length >= acknowledged);
    expect(await test.refused('queue-full')).toBe(0);
    const next = await connectClient(test, asDevice(test));
    await next.publishAsync(readings, 'there is room again', { qos: 1 });
  });
});
