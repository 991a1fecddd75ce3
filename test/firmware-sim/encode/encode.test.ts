import { describe, expect, it } from 'vitest';
import { createCity } from '../../../firmware-sim/city.ts';
import { encoderOf } from '../../../firmware-sim/encode/registry.ts';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { createSensor, sensorNames } from '../../../firmware-sim/sensors/registry.ts';
import type { Sample } from '../../../firmware-sim/sensors/sensor.ts';
import { createWorld } from '../../../firmware-sim/sensors/world.ts';
import { decode } from '../../../ingest/decode/registry.ts';
import { validate } from '../../../ingest/stages/validate.ts';

const city = createCity('demo');
const sender = { provider: 'umweltamt', id: 'air-00001', site: { seed: 0x1234567 } };
const at = Date.UTC(2026, 10, 22, 10);
const sample = {
  at,
  values: { pm10: 12.3, temperature: 5.25, relative_humidity: 81, pressure: 960.5 },
};
/** A thing of each sort, with what it says at three instants. */
const things = sensorNames.map((sensor) => {
  const device = planFleet({ seed: 'demo', devices: 40 }, city).find(
    (one) => one.sensor === sensor,
  );
  if (!device) throw new Error(`no ${sensor}`);
  const values = createSensor(sensor, device.site, createWorld('demo', city.center));
  const instants = [at, at + 1500, at + 61_001];
  return { sensor, samples: instants.map((one): Sample => ({ at: one, values: values(one) })) };
});
const airrohrMetrics = 'pm10 pm2_5 temperature pressure relative_humidity noise'.split(' ');
const later = { at: at + 1500, values: { pm10: 12.4 } };

describe('encoders', () => {
  it('native writes the names and units of the catalogue', () => {
    expect(encoderOf('native').encode(sample, sender)).toBe(
      '{"at":1795341600000,"pm10":12.3,"temperature":5.25,"relative_humidity":81,"pressure":960.5}',
    );
  });

  it('native writes several samples as readings', () => {
    expect(encoderOf('native').encodeBatch?.([later, later], sender)).toBe(
      '{"readings":[{"at":1795341601500,"pm10":12.4},{"at":1795341601500,"pm10":12.4}]}',
    );
  });

  it('senml writes base name and time once, then units of the SenML registry', () => {
    expect(encoderOf('senml').encode(sample, sender)).toBe(
      '[{"bn":"urn:dev:org:umweltamt:air-00001/","bt":1795341600,"n":"pm10","u":"ug/m3","v":12.3},' +
        '{"n":"temperature","u":"Cel","v":5.25},{"n":"relative_humidity","u":"%RH","v":81},' +
        '{"n":"pressure","u":"hPa","v":960.5}]',
    );
  });

  it('senml writes later samples relative to the first', () => {
    expect(encoderOf('senml').encodeBatch?.([{ at, values: { pm10: 1 } }, later], sender)).toBe(
      '[{"bn":"urn:dev:org:umweltamt:air-00001/","bt":1795341600,"n":"pm10","u":"ug/m3","v":1},' +
        '{"n":"pm10","u":"ug/m3","t":1.5,"v":12.4}]',
    );
  });

  it('airrohr writes text values, Pascal and no time', () => {
    expect(encoderOf('airrohr').encode(sample, sender)).toBe(
      '{"esp8266id":"2311527","software_version":"NRZ-2020-133","sensordatavalues":[' +
        '{"value_type":"SDS_P1","value":"12.30"},{"value_type":"BME280_temperature","value":"5.25"},' +
        '{"value_type":"BME280_pressure","value":"96050.00"},{"value_type":"BME280_humidity","value":"81.00"}]}',
    );
    expect(encoderOf('airrohr').encodeBatch).toBeUndefined();
  });
});

describe.each(['native', 'senml', 'airrohr'] as const)('what %s encodes', (name) => {
  const encoder = encoderOf(name);
  const arrivesAt = at + 9000;
  const read = (payload: string) =>
    decode({ topic: '', payload: Buffer.from(payload), receivedAt: arrivesAt }).devices.flatMap(
      ({ readings, rejections }) => {
        expect(rejections).toEqual([]);
        return readings.map((one) => validate(one, { receivedAt: arrivesAt, oldestAt: 0 }));
      },
    );
  const expected = (samples: readonly Sample[]) =>
    samples.flatMap((one) =>
      Object.entries(one.values)
        .filter(([metric]) => name !== 'airrohr' || airrohrMetrics.includes(metric))
        .map(([metric, value]) => ({
          reading: { metric, value, at: name === 'airrohr' ? arrivesAt : one.at },
        })),
    );

  it.each(things)('of a $sensor is decoded to the same readings', ({ samples }) => {
    const [first] = samples;
    if (!first) throw new Error('no sample');
    expect(read(encoder.encode(first, sender))).toEqual(expect.arrayContaining(expected([first])));
    expect(read(encoder.encode(first, sender))).toHaveLength(expected([first]).length);
    if (encoder.encodeBatch)
      expect(read(encoder.encodeBatch(samples, sender))).toEqual(expected(samples));
  });
});
