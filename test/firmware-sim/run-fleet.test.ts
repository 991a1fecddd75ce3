import { describe, expect, it, onTestFinished } from 'vitest';
import { NativePayload } from '../../broker/contract/reading.ts';
import { createCity } from '../../firmware-sim/city.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';
import { createFleet } from '../../firmware-sim/run-fleet.ts';
import { createWorld } from '../../firmware-sim/sensors/world.ts';
import { Tally } from '../../firmware-sim/tally.ts';
import { until } from '../support/until.ts';
import { calmClock, silent, tinyBroker } from './support.ts';

const city = createCity('demo');
const world = createWorld('demo', city.center);
const devices = planFleet({ seed: 'demo', devices: 20, intervalScale: 0.001 }, city);

function fleetAt(mqttUrl: string, devicesPerConnection = 1) {
  const tally = new Tally();
  const deps = { clock: calmClock(), log: silent, tally, world };
  const fleet = createFleet(
    devices,
    { mqttUrl, devicesPerConnection, signIn: () => undefined },
    deps,
  );
  onTestFinished(() => fleet.stop());
  return { fleet, tally };
}

describe('createFleet', () => {
  it('publishes for every device and gets every message acknowledged', async () => {
    const broker = await tinyBroker();
    const { fleet, tally } = fleetAt(broker.url);
    await fleet.start();
    expect(fleet.connected()).toBe(20);
    const seen = () =>
      new Set(
        broker.published
          .filter(({ topic }) => topic.endsWith('/readings'))
          .map(({ topic }) => topic),
      );
    await until('readings of all devices', () => seen().size === 20, 10_000);
    await fleet.stop();
    expect(tally).toMatchObject({ errors: 0, skipped: 0, drops: 0, faults: 0 });
    expect(tally.acknowledged).toBe(tally.sent);
    const readings = broker.published.filter(({ topic }) => topic.endsWith('/readings'));
    expect(readings).toHaveLength(tally.sent);
    for (const { payload } of readings) {
      const json: unknown = JSON.parse(payload);
      if (!Array.isArray(json)) expect(NativePayload.safeParse(json).success).toBe(true);
    }
  });

  it('says online after connecting and offline before leaving, both retained', async () => {
    const broker = await tinyBroker();
    const { fleet } = fleetAt(broker.url);
    await fleet.start();
    await fleet.stop();
    await until('no client', () => broker.clients() === 0);
    for (const { key } of devices) {
      const said = broker.published.filter(({ topic }) => topic === `city/v1/${key}/status`);
      expect(said.map(({ payload, retain }) => [payload, retain])).toEqual([
        ['online', true],
        ['offline', true],
      ]);
    }
  });

  it('shares connections among devices of one provider when told to', async () => {
    const broker = await tinyBroker();
    const { fleet, tally } = fleetAt(broker.url, 5);
    await fleet.start();
    expect(broker.clients()).toBe(fleet.connections);
    expect(fleet.connections).toBeLessThan(10);
    await until('messages', () => tally.acknowledged > 40, 10_000);
    expect(broker.published.filter(({ payload }) => payload === 'online')).toHaveLength(20);
  });

  it('comes back after the broker was away, and goes on', async () => {
    const broker = await tinyBroker();
    const { fleet, tally } = fleetAt(broker.url);
    await fleet.start();
    await broker.close();
    await until('all gone', () => fleet.connected() === 0);
    await broker.open();
    await until('all back', () => fleet.connected() === 20, 15_000);
    const before = tally.acknowledged;
    await until('more messages', () => tally.acknowledged > before + 20, 10_000);
    expect(tally.drops).toBe(20);
  });

  it('stops while it is still connecting', async () => {
    const { fleet } = fleetAt('mqtt://127.0.0.1:1');
    const starting = fleet.start();
    await fleet.stop();
    await starting;
    expect(fleet.connected()).toBe(0);
  });
});
