import { describe, expect, it } from 'vitest';
import { createCity } from '../../firmware-sim/city.ts';
import type { PlannedDevice } from '../../firmware-sim/fleet.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';
import { createController } from '../../firmware-sim/obey.ts';
import { dayMs, hourMs } from '../../firmware-sim/sensors/calendar.ts';
import { createSteeredLamp } from '../../firmware-sim/sensors/light.ts';
import { createWorld } from '../../firmware-sim/sensors/world.ts';

const city = createCity('demo');
const fleet = planFleet({ seed: 'demo', devices: 320 }, city);
const world = createWorld('demo', city.center);
const noon = Date.UTC(2026, 10, 22, 11);

const isQuiet = ({ site }: PlannedDevice, at: number): boolean => {
  const { voltage, lamp_on, lamp_fault } = createSteeredLamp(site, world).read(at);
  return (voltage ?? 0) > 0 && lamp_on === 0 && lamp_fault === 0;
};
const lamp = fleet.find((one) => one.sensor === 'lamp' && isQuiet(one, noon)) as PlannedDevice;
const bin = fleet.find(({ sensor }) => sensor === 'bin') as PlannedDevice;

const order = (id: string, command: string, args: object = {}, expiresAt = noon + hourMs) =>
  JSON.stringify({ id, command, args, expiresAt });

describe('what a device leaves alone, or refuses', () => {
  it.each([
    ['no json', '{'],
    ['no command', '{}'],
    ['one without an end', '{"id":"a","command":"ping","args":{}}'],
    ['one whose time is over', order('a', 'ping', {}, noon)],
  ])('%s: no answer', (_what, payload) => {
    expect(createController(lamp, world).take(payload, noon)).toBeUndefined();
  });

  it.each([
    ['an unknown command', order('a', 'reboot'), 'reboot is not understood'],
    ['arguments that are wrong', order('a', 'dim', { level: 300 }), 'dim is not understood'],
  ])('%s: it says so', (_what, payload, message) => {
    const controller = createController(lamp, world);
    const before = controller.sensor(noon);
    expect(controller.take(payload, noon)).toEqual({
      ack: { id: 'a', ok: false, message },
      hasChanged: false,
    });
    expect(controller.sensor(noon)).toEqual(before);
  });

  it('a bin has no light', () => {
    const controller = createController(bin, world);
    const { ack, hasChanged } = controller.take(order('a', 'switch', { on: true }), noon) ?? {};
    expect(ack).toMatchObject({ ok: false, message: expect.stringContaining('nothing to switch') });
    expect(hasChanged).toBe(false);
    expect(controller.take(order('b', 'ping'), noon)?.ack).toEqual({ id: 'b', ok: true });
  });

  it('a lamp that has failed cannot be lit, but may be switched off', () => {
    const many = planFleet({ seed: 'demo', devices: 3_000 }, city);
    const broken = many.find(
      ({ sensor, site }) => sensor === 'lamp' && createSteeredLamp(site, world).isBroken(noon),
    ) as PlannedDevice;
    const controller = createController(broken, world);
    expect(controller.take(order('a', 'dim', { level: 50 }), noon)?.ack).toMatchObject({
      ok: false,
      message: 'the lamp has failed',
    });
    expect(controller.take(order('b', 'switch', { on: false }), noon)?.ack.ok).toBe(true);
  });
});

describe('a lamp', () => {
  it('does what it is told and shows it, until it has its calendar again', () => {
    const controller = createController(lamp, world);
    const untold = controller.sensor(noon);
    expect(untold).toMatchObject({ lamp_on: 0, dim_level: 0 });
    controller.take(order('a', 'switch', { on: true }), noon);
    const on = controller.sensor(noon);
    expect(on).toMatchObject({ lamp_on: 1, dim_level: 100 });
    const nominalW = lamp.lamp?.nominalPowerW ?? 0;
    expect(Math.abs((on.power ?? 0) / nominalW - 1)).toBeLessThan(0.06);
    controller.take(order('b', 'dim', { level: 40 }), noon);
    expect(controller.sensor(noon)).toMatchObject({ lamp_on: 1, dim_level: 40 });
    expect(controller.sensor(noon).power).toBeLessThan(0.5 * (on.power ?? 0));
    controller.take(order('c', 'automatic'), noon);
    expect(controller.sensor(noon)).toEqual(untold);
  });

  it('does an id once and answers it each time', () => {
    const controller = createController(lamp, world);
    const first = controller.take(order('a', 'switch', { on: true }), noon);
    controller.take(order('b', 'switch', { on: false }), noon);
    const again = controller.take(order('a', 'switch', { on: true }), noon + 10 * hourMs);
    expect(again).toEqual({ ack: first?.ack, hasChanged: false });
    expect(controller.sensor(noon)).toMatchObject({ lamp_on: 0 });
  });

  it('is a pure function of time and of what it was told', () => {
    const told = [
      [noon, 'dim', { level: 30 }],
      [noon + hourMs, 'switch', { on: false }],
      [noon + 2 * hourMs, 'automatic', {}],
    ] as const;
    const run = () => {
      const controller = createController(lamp, createWorld('demo', city.center));
      told.forEach(([at, command, args], index) => {
        controller.take(order(`${index}`, command, args, at + 1), at);
      });
      return [1, 5, 9, 30].map((hours) => controller.sensor(noon + hours * hourMs));
    };
    expect(run()).toEqual(run());
  });

  it('counts the energy and the hours of what it did, and never backwards', () => {
    const controller = createController(lamp, world);
    const { energy: startKwh = 0, operating_hours: startH = 0 } = controller.sensor(noon);
    const orders = [
      [0, 'switch', { on: true }],
      [30, 'dim', { level: 50 }],
      [60, 'switch', { on: false }],
      [90, 'automatic', {}],
    ] as const;
    let [countedWh, before] = [0, startKwh];
    const stepMs = hourMs / 20;
    for (let at = noon; at < noon + 5 * dayMs; at += stepMs) {
      const due = orders.find(([hours]) => noon + hours * hourMs === at);
      if (due) controller.take(order(`${due[0]}`, due[1], due[2], at + 1), at);
      const { energy = 0, power = 0 } = controller.sensor(at);
      expect(energy).toBeGreaterThanOrEqual(before);
      before = energy;
      countedWh += power / 20;
    }
    const end = controller.sensor(noon + 5 * dayMs);
    expect(Math.abs((end.energy ?? 0) - startKwh - countedWh / 1000)).toBeLessThan(0.02);
    // 60 h as told, none for 30 h, and the nights of the rest.
    expect((end.operating_hours ?? 0) - startH).toBeGreaterThan(60);
    expect((end.operating_hours ?? 0) - startH).toBeLessThan(60 + 30);
  });
});
