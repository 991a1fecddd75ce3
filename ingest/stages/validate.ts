import { parseInstant } from '../../broker/contract/instant.ts';
import { limits } from '../../broker/contract/limits.ts';
import type { Metric } from '../../broker/contract/metrics.ts';
import { metrics } from '../../broker/contract/metrics.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { Rejection, RejectReason } from '../../broker/contract/rejection.ts';
import type { DecodedReading } from '../decode/decoder.ts';
import { shown } from '../decode/decoder.ts';

/** The instants between which a reading's time is believed. */
export interface Bounds {
  /** Arrival of the message, epoch ms UTC; the time of a reading that has none. */
  receivedAt: number;
  /** Raw retention: an older reading would be forgotten at once. */
  oldestAt: number;
}

export type Validated = { reading: Reading } | { rejection: Rejection };

/** Accepts a reading if its metric is known, its value a number in range and its time plausible. Pure. */
export function validate(decoded: DecodedReading, bounds: Bounds): Validated {
  const metric = metrics.get(decoded.metric);
  if (!metric) {
    return reject('unknown-metric', decoded, `${shown(decoded.metric)} is not in the catalogue`);
  }
  if (metric.derivedFrom !== undefined) {
    const detail = `${metric.name} is made of ${metric.derivedFrom} here; devices do not send it`;
    return reject('unknown-metric', decoded, detail);
  }
  const sent = toNumber(decoded.value, metric);
  if (sent === undefined) {
    return reject('not-a-number', decoded, `must be a number, got ${shown(decoded.value)}`);
  }
  // Twelve digits: a unit conversion must not invent any (96543.21 Pa are not 965.4321000000001 hPa).
  const value = decoded.convert ? Number(decoded.convert(sent).toPrecision(12)) : sent;
  // Stated positively so that NaN, which compares false with everything, is refused too.
  if (!(value >= metric.min && value <= metric.max) || !isLevel(value, metric)) {
    return reject('out-of-range', decoded, `must be ${rangeOf(metric)}, got ${value}`);
  }
  const at = decoded.at === undefined ? bounds.receivedAt : parseInstant(decoded.at);
  if (at === undefined) {
    return reject(
      'invalid-timestamp',
      decoded,
      `at must be ISO 8601 with an offset or an epoch, got ${shown(decoded.at)}`,
    );
  }
  if (at > bounds.receivedAt + limits.clockAheadMsMax) {
    return reject(
      'future-timestamp',
      decoded,
      `at is ${Math.round((at - bounds.receivedAt) / 1000)} s ahead, ${limits.clockAheadMsMax / 1000} s are allowed`,
    );
  }
  if (at < bounds.oldestAt) {
    return reject(
      'expired-timestamp',
      decoded,
      `at is before ${new Date(bounds.oldestAt).toISOString()}, the end of the raw retention (RETAIN_RAW)`,
    );
  }
  return { reading: { metric: metric.name, at, value } };
}

const numericPattern = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?\s*$/;

/** The number in what a device sent: a finite number, a numeric string, or a boolean for a 0/1 state. */
function toNumber(value: unknown, metric: Metric): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string') return numericPattern.test(value) ? Number(value) : undefined;
  if (typeof value === 'boolean' && isSwitch(metric)) return value ? 1 : 0;
  return undefined;
}

/** A 0/1 state such as `lamp_on`: nothing in between is true. */
export function isSwitch(metric: Metric): boolean {
  return metric.kind === 'state' && metric.min === 0 && metric.max === 1;
}

function isLevel(value: number, metric: Metric): boolean {
  return !isSwitch(metric) || Number.isInteger(value);
}

function rangeOf(metric: Metric): string {
  return isSwitch(metric)
    ? '0 or 1'
    : `from ${metric.min} to ${metric.max} ${metric.unit}`.trimEnd();
}

function reject(reason: RejectReason, decoded: DecodedReading, detail: string): Validated {
  return {
    rejection: { reason, field: decoded.metric.slice(0, 128), detail: detail.slice(0, 512) },
  };
}
