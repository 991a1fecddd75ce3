import type { Sample } from '../sensors/sensor.ts';
import type { Encoder } from './encoder.ts';

/** The platform's own form: `{"at":…,"pm10":12.3}`, several as `{"readings":[…]}`. */
export const native: Encoder = {
  encode: (sample) => JSON.stringify(flat(sample)),
  encodeBatch: (samples) => JSON.stringify({ readings: samples.map(flat) }),
};

function flat({ at, values }: Sample): Record<string, number> {
  return { at, ...values };
}
