import type { Container, WasteStream } from '../../../broker/contract/waste.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * What containers are judged by. A change of any number here is a new version. `Container` of a device lays its own
 * over those that depend on the container.
 */
export const wasteRuleSet = {
  version: 'SP-WASTE-2026.1',
  collectAtPercent: 80,
  urgentAtPercent: 90,
  /** 100 % as it is shown, in whole percent. */
  overflowAtPercent: 99.5,
  /** A level is left only so many points below where it began. */
  hysteresisPoints: 5,
  /** Silence of more than so many intervals: nothing is known of the fill. */
  silentIntervals: 3,
  /** Nearer echoes are of the sensor itself (JSN-SR04T): suspect. */
  blindZoneMm: 250,
  /** An echo from more than so many times the empty distance is none of this container. */
  echoBeyondEmptyMax: 2,
  /** Echoes of this time are one measurement: their median, of the last few. */
  pingsMs: 60_000,
  pingsMax: 5,
  /** Sun-heated metal reaches 50 °C; a fire more, or faster. */
  fireAtC: 60,
  fireOverC: 55,
  fireRiseC: 10,
  fireRiseMs: 300_000,
  /** Temperatures that are remembered for the rise, and the least time between two. */
  temperaturesMax: 12,
  temperatureStepMs: 30_000,
  /** On its side for so long: dropped. */
  tiltMs: 60_000,
  /** An emptying: a drop of so many points to so little or less. */
  dropPoints: 30,
  emptyPercent: 25,
  /** The next sample confirms a drop when it is so near to it (and what may have been thrown in meanwhile). */
  agreePoints: 10,
  agreePointsPerHour: 2,
  /** A rate needs so many samples over so long a time since the last emptying. */
  rateSamplesMin: 4,
  rateSpanMs: 6 * hourMs,
  /** More samples are thinned: pairs grow with their square. */
  rateSamplesMax: 120,
  /** Below, %/h, it does not fill: no forecast. */
  rateMin: 0.05,
  /** No forecast goes further, h. */
  forecastHoursMax: 30 * 24,
} as const;

/** Streams that must be emptied though they are not full; biowaste: hygiene, product proposal. */
const lateAfterDays: Partial<Record<WasteStream, number>> = { organic: 14 };

/** What of a container decides; defaults where its owner says nothing. */
export interface ContainerParameters {
  stream: WasteStream;
  collectAtPercent: number;
  urgentAtPercent: number;
  /** Undefined: it need not be emptied before it is full. */
  lateAfterMs: number | undefined;
}

export function containerParameters(container: Container | undefined): ContainerParameters {
  const stream = container?.stream ?? 'other';
  const days = container?.lateAfterDays ?? lateAfterDays[stream];
  const collectAtPercent = container?.collectAtPercent ?? wasteRuleSet.collectAtPercent;
  return {
    stream,
    collectAtPercent,
    urgentAtPercent: Math.max(
      collectAtPercent,
      container?.urgentAtPercent ?? wasteRuleSet.urgentAtPercent,
    ),
    lateAfterMs: days === undefined ? undefined : days * dayMs,
  };
}
