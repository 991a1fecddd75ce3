import { limits } from '../../broker/contract/limits.ts';
import type { DecodedDevice, DecodedReading, Decoder } from './decoder.ts';
import { isObject, shown } from './decoder.ts';

/**
 * The platform's own form: `{"at":…,"pm10":12.3}` or `{"readings":[{…},{…}]}`, names and units of the
 * catalogue. `null` means "not measured" and is no reading.
 */
export const native: Decoder = {
  dialect: 'native',
  recognizes: ({ json }) => isObject(json),
  decode: ({ json }) => [decodeNative(json)],
};

function decodeNative(json: unknown): DecodedDevice {
  const decoded: DecodedDevice = { readings: [], rejections: [] };
  if (!isObject(json)) {
    decoded.rejections.push({
      reason: 'unknown-format',
      detail: `native payload must be a JSON object, got ${shown(json)}`,
    });
    return decoded;
  }
  const batch = json.readings;
  if (batch === undefined) addObject(decoded, json);
  else if (Array.isArray(batch)) addBatch(decoded, batch);
  else {
    decoded.rejections.push({
      reason: 'unknown-format',
      field: 'readings',
      detail: `readings must be an array of objects, got ${shown(batch)}`,
    });
  }
  return decoded;
}

function addBatch(decoded: DecodedDevice, batch: readonly unknown[]): void {
  batch.forEach((item, index) => {
    if (decoded.readings.length >= limits.readingsPerMessageMax) {
      decoded.rejections.push({
        reason: 'too-many-readings',
        field: `readings[${index}]`,
        detail: `a message may carry ${limits.readingsPerMessageMax} readings`,
      });
    } else if (isObject(item)) {
      addObject(decoded, item);
    } else {
      decoded.rejections.push({
        reason: 'unknown-format',
        field: `readings[${index}]`,
        detail: `must be an object of metrics, got ${shown(item)}`,
      });
    }
  });
}

function addObject(decoded: DecodedDevice, object: Record<string, unknown>): void {
  const { at } = object;
  for (const [metric, value] of Object.entries(object)) {
    if (metric === 'at' || value === null) continue;
    decoded.readings.push({ metric, value, at } satisfies DecodedReading);
  }
}
