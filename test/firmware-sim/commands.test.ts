import { describe, expect, it, onTestFinished } from 'vitest';
import { createCity } from '../../firmware-sim/city.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';
import { createFleet } from '../../firmware-sim/run-fleet.ts';
import { supplyOf } from '../../firmware-sim/sensors/light.ts';
import { createWorld } from '../../firmware-sim/sensors/world.ts';
import { Tally } from '../../firmware-sim/tally.ts';
import { until } from '../support/until.ts';
import { calmClock, silent, type TinyBroker, tinyBroker } from './support.ts';

const city = createCity('demo');
const world = createWorld('demo', city.center);
const devices = planFleet({ seed: 'demo', devices: 160 }, city);
const lamps = devices.filter(({ sensor }) => sensor === 'lamp');

function fleetOf(
  broker: TinyBroker,
  options: { only: typeof devices; clock?: () => number; devicesPerConnection?: number },
) {
  const { only, clock = calmClock(), devicesPerConnection = 1 } = options;
  const tally = new Tally();
  const config = { mqttUrl: broker.url, devicesPerConnection, signIn: () => undefined };
  const fleet = createFleet(only, config, { clock, log: silent, tally, world });
  onTestFinished(() => fleet.stop());
  return { fleet, tally };
}

const heard = (broker: TinyBroker, topic: string) =>
  broker.published.filter((message) => message.topic === topic).map(({ payload }) => payload);

describe('devices of a fleet obey', () => {
  it.each([
    ['with a connection each', 1, 6],
    ['that share connections', 4, 6],
    ['that share one among more than may be subscribed to', 60, 60],
  ])(
    '%s: the one that is told, at once, with an answer and a reading',
    async (_what, size, count) => {
      const broker = await tinyBroker();
      const only = lamps.slice(0, count);
      const { fleet } = fleetOf(broker, { only, devicesPerConnection: size });
      await fleet.start();
      const told = only[3]?.key ?? '';
      const readings = () =>
        heard(broker, `city/v1/${told}/readings`).map((text) => JSON.parse(text));
      const expiresAt = Date.now() + 60_000;
      const order = { id: 'a', command: 'dim', args: { level: 37 }, expiresAt };
      // The subscription is under way when the fleet has started.
      await until('the answer', () => {
        broker.publish(`city/v1/${told}/commands`, JSON.stringify(order));
        return heard(broker, `city/v1/${told}/commands/ack`).length > 0;
      });
      const [ack = ''] = heard(broker, `city/v1/${told}/commands/ack`);
      expect(JSON.parse(ack)).toEqual({ id: 'a', ok: true });
      await until('a reading', () => readings().some(({ dim_level }) => dim_level === 37));
      const answers = broker.published.filter(({ topic }) => topic.endsWith('/ack'));
      expect(new Set(answers.map(({ topic }) => topic))).toEqual(
        new Set([`city/v1/${told}/commands/ack`]),
      );
    },
  );
});

describe('a cabinet without supply', () => {
  it('last readings of 0 V, then silence and the will; with supply again all is as before', async () => {
    const lamp = lamps.find(({ site }) => supplyOf(site, world));
    const supply = lamp && supplyOf(lamp.site, world);
    if (!supply) throw new Error('no lamp on the mains');
    const from = Date.UTC(2026, 10, 22);
    let goesAt = supply.nextChangeAt(from);
    for (let at = from; goesAt === Number.POSITIVE_INFINITY; at += 3_600_000)
      goesAt = supply.nextChangeAt(at);
    const startedAt = Date.now();
    let shiftMs = 0;
    // Its mains go 300 ms after the beginning.
    const clock = () => goesAt - 300 + shiftMs + Date.now() - startedAt;
    const broker = await tinyBroker();
    const only = [{ ...lamp, intervalMs: 100 }];
    const { fleet, tally } = fleetOf(broker, { only, clock });
    const voltages = () =>
      heard(broker, `city/v1/${lamp.key}/readings`).map((text) => JSON.parse(text).voltage);
    const said = () => heard(broker, `city/v1/${lamp.key}/status`);
    await fleet.start();
    await until('the will', () => said().join() === 'online,offline');
    expect(voltages().at(-1)).toBe(0);
    expect(voltages().filter((volts) => volts === 0)).toHaveLength(1);
    expect(fleet.connected()).toBe(0);
    expect(tally).toMatchObject({ drops: 0, errors: 0 });
    shiftMs = 3_600_000;
    await until('supply again', () => said().join() === 'online,offline,online', 10_000);
    await until('readings', () => voltages().at(-1) > 200);
  });
});
