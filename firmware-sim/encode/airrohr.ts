import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Encoder } from './encoder.ts';

/**
 * The body that sensor.community's airRohr firmware posts over HTTP: values as text with two digits,
 * pressure in Pa, no time (arrival counts), the chip's id as the sender.
 */
export const airrohr: Encoder = {
  encode: ({ values }, { site }) =>
    JSON.stringify({
      esp8266id: String(site.seed % 16_777_216),
      software_version: 'NRZ-2020-133',
      sensordatavalues: fields.flatMap(({ metric, type, factor }) => {
        const value = values[metric];
        return value === undefined
          ? []
          : [{ value_type: type, value: (value * factor).toFixed(2) }];
      }),
    }),
};

const fields: readonly { metric: MetricName; type: string; factor: number }[] = [
  { metric: 'pm10', type: 'SDS_P1', factor: 1 },
  { metric: 'pm2_5', type: 'SDS_P2', factor: 1 },
  { metric: 'temperature', type: 'BME280_temperature', factor: 1 },
  { metric: 'pressure', type: 'BME280_pressure', factor: 100 },
  { metric: 'relative_humidity', type: 'BME280_humidity', factor: 1 },
  { metric: 'noise', type: 'DNMS_noise_LAeq', factor: 1 },
];
