import { describe, expect, it } from 'vitest';
import type { InboundMessage } from '../../../broker/bus/bus.ts';
import { badPayloadNames, spoil } from '../../../firmware-sim/behaviour/bad-payloads.ts';
import { createCity } from '../../../firmware-sim/city.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { createSensor, sensorNames } from '../../../firmware-sim/sensors/registry.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';
import { interpret } from '../../../ingest/stages/interpret.ts';

const now = Date.UTC(2026, 10, 22, 12);
const city = createCity('demo');
const world = createWorld('demo', city.center);
const samples = sensorNames.flatMap((name) => {
  const device = planFleet({ seed: 'demo', devices: 40 }, city).find(
    ({ sensor }) => sensor === name,
  );
  if (!device) throw new Error(`no ${name}`);
  return { name, at: now, values: createSensor(name, device.site, world)(now) };
});

/** What the platform makes of bytes: the reasons it rejects for, and what it keeps. */
function judged(payload: string | Uint8Array) {
  const message: InboundMessage = {
    topic: 'city/v1/makers/one/readings',
    payload: Buffer.from(payload),
    qos: 1,
    retain: false,
    receivedAt: now + 1000,
  };
  const context = {
    oldestAt: now - 90 * 86_400_000,
    dialectOf: () => undefined,
    admit: () => undefined,
  };
  const entries = interpret(message, context);
  return {
    rejected: entries.flatMap(({ rejected }) =>
      (rejected?.rejections ?? []).map(({ reason }) => reason),
    ),
    kept: entries.flatMap(({ readings }) => readings),
  };
}

describe.each(badPayloadNames)('the bad payload %s', (name) => {
  it.each(samples)('of a $name is rejected for the reason that the table says', (sample) => {
    const { payload, rejected, kept } = spoil(name, sample);
    expect(judged(payload)).toEqual({
      rejected,
      kept: kept.flatMap(({ at, values }) =>
        Object.entries(values).map(([metric, value]) => ({
          metric,
          at,
          value,
        })),
      ),
    });
  });
});
