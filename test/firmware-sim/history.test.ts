import { describe, expect, it } from 'vitest';
import { limits } from '../../broker/contract/limits.ts';
import { NativeBatch } from '../../broker/contract/reading.ts';
import { createCity } from '../../firmware-sim/city.ts';
import type { PlannedDevice } from '../../firmware-sim/fleet.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';
import {
  historyMessage,
  historyStepMs,
  samplesPerMessageMax,
  sendHistory,
} from '../../firmware-sim/history.ts';
import { createSensor } from '../../firmware-sim/sensors/registry.ts';
import { createWorld } from '../../firmware-sim/sensors/world.ts';
import { Tally } from '../../firmware-sim/tally.ts';
import { tinyBroker } from './support.ts';

const city = createCity('demo');
const world = createWorld('demo', city.center);
const devices = planFleet({ seed: 'demo', devices: 20 }, city);
const toAt = Date.UTC(2026, 10, 22, 10, 1);
const hourMs = 3_600_000;
const stepMs = 300_000;

const messageOf = (device: PlannedDevice, span: { fromAt: number; toAt: number }) =>
  historyMessage(device, createSensor(device.sensor, device.site, world), { ...span, stepMs });
const instants = (payload: string) =>
  NativeBatch.parse(JSON.parse(payload)).readings.map(({ at }) => Number(at));

describe('historyMessage', () => {
  const [device] = devices;
  if (!device) throw new Error('no device');

  it('has nothing to say of an empty span', () => {
    expect(messageOf(device, { fromAt: toAt, toAt })).toBeUndefined();
  });

  it('gives air every sample that its hours need to count', () => {
    for (const device of planFleet({ seed: 'demo', devices: 60 })) {
      const isAir = device.kind === 'air';
      expect(historyStepMs(device)).toBe((isAir ? 1 : 2) * device.expectedIntervalMs);
    }
  });

  it('has a sample each step in the half-open span, in order', () => {
    const ats = instants(messageOf(device, { fromAt: toAt - 24 * hourMs, toAt })?.payload ?? '');
    expect(ats).toHaveLength(288);
    expect(ats.every((at, n) => n === 0 || at - (ats[n - 1] ?? 0) === stepMs)).toBe(true);
    expect(ats[0]).toBeGreaterThanOrEqual(toAt - 24 * hourMs);
    expect(ats.at(-1)).toBeLessThan(toAt);
  });

  it('lies on a fixed grid, so that a second start repeats keys instead of adding some', () => {
    const first = instants(messageOf(device, { fromAt: toAt - 2 * hourMs, toAt })?.payload ?? '');
    const second = instants(
      messageOf(device, { fromAt: toAt - hourMs, toAt: toAt + 77_777 })?.payload ?? '',
    );
    expect(second.filter((at) => at < toAt).every((at) => first.includes(at))).toBe(true);
  });

  it('has the values that the live device had at that instant', () => {
    const { payload = '' } = messageOf(device, { fromAt: toAt - hourMs, toAt }) ?? {};
    const read = createSensor(device.sensor, device.site, createWorld('demo', city.center));
    for (const { at, ...values } of NativeBatch.parse(JSON.parse(payload)).readings) {
      expect(values).toEqual(read(Number(at)));
    }
  });

  it('stays well within the limits of a message', () => {
    for (const each of devices) {
      const span = { fromAt: toAt - samplesPerMessageMax * stepMs, toAt };
      const sensor = createSensor(each.sensor, each.site, createWorld('demo', city.center));
      const own = { ...span, stepMs: Math.min(stepMs, historyStepMs(each)) };
      const { payload = '' } = historyMessage(each, sensor, own) ?? {};
      expect(payload.length).toBeGreaterThan(1000);
      expect(payload.length).toBeLessThan(limits.payloadBytesMax / 2);
    }
  });
});

describe('sendHistory', () => {
  const send = async (url: string, tally: Tally, signal: AbortSignal) =>
    sendHistory(
      devices,
      {
        mqttUrl: url,
        signIn: () => undefined,
        fromAt: toAt - 24 * hourMs,
        toAt,
        stepMs,
        messagesPerSecondMax: 1000,
      },
      { tally, world, signal },
    );

  it('sends every device, newest first, all acknowledged', async () => {
    const broker = await tinyBroker();
    const tally = new Tally();
    await send(broker.url, tally, new AbortController().signal);
    expect(tally).toMatchObject({ sent: 60, acknowledged: 60, errors: 0, skipped: 0 });
    const ofOne = broker.published.filter(
      ({ topic }) => topic === `city/v1/${devices[0]?.key}/readings`,
    );
    const parts = ofOne.map(({ payload }) => instants(payload));
    expect(parts.flat()).toHaveLength(288);
    for (const [index, newer] of parts.slice(0, -1).entries()) {
      expect(Math.min(...newer)).toBeGreaterThan(Math.max(...(parts[index + 1] ?? [])));
    }
  });

  it('gives up at once when told to', async () => {
    const broker = await tinyBroker();
    const tally = new Tally();
    await send(broker.url, tally, AbortSignal.abort());
    expect(tally.sent).toBe(0);
  });
});
