import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Sample } from '../sensors/sensor.ts';
import type { Encoder, Sender } from './encoder.ts';

/** SenML JSON (RFC 8428): base name and base time first, times in seconds relative to it. */
export const senml: Encoder = {
  encode: (sample, sender) => pack([sample], sender),
  encodeBatch: pack,
};

interface SenmlRecord {
  bn?: string;
  bt?: number;
  n: string;
  u?: string;
  t?: number;
  v: number;
}

/** Units as the SenML registry writes them (RFC 8428 section 12.1, RFC 8798): `/` is a ratio, and a switch's 0 or 1. */
const units: Partial<Record<MetricName, string>> = {
  temperature: 'Cel',
  relative_humidity: '%RH',
  pressure: 'hPa',
  pm10: 'ug/m3',
  pm2_5: 'ug/m3',
  no2: 'ug/m3',
  o3: 'ug/m3',
  noise: 'dB',
  power: 'W',
  voltage: 'V',
  energy: 'kWh',
  distance: 'mm',
  battery_level: '%EL',
  fill_level: '%',
  dim_level: '%',
  operating_hours: 'h',
  power_factor: '/',
  lamp_on: '/',
  lamp_fault: '/',
  tilt: '/',
};

function pack(samples: readonly Sample[], { provider, id }: Sender): string {
  const startAt = samples[0]?.at ?? 0;
  const records = samples.flatMap(({ at, values }) =>
    Object.entries(values).map(([name, v]): SenmlRecord => {
      const unit = units[name as MetricName];
      return {
        n: name,
        ...(unit === undefined ? {} : { u: unit }),
        ...(at === startAt ? {} : { t: (at - startAt) / 1000 }),
        v,
      };
    }),
  );
  const base = { bn: `urn:dev:org:${provider}:${id}/`, bt: startAt / 1000 };
  return JSON.stringify(
    records.map((record, index) => (index === 0 ? { ...base, ...record } : record)),
  );
}
