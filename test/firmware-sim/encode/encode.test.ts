import { describe, expect, it } from 'vitest';
import { encoderOf } from '../../../firmware-sim/encode/registry.ts';

const sender = { provider: 'umweltamt', id: 'air-00001', site: { seed: 0x1234567 } };
const at = Date.UTC(2026, 10, 22, 10);
const sample = {
  at,
  values: { pm10: 12.3, temperature: 5.25, relative_humidity: 81, pressure: 960.5 },
};
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
