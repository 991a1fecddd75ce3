import { correctionAt } from '../../broker/contract/correction.ts';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { flagOf, qualityFlags, reasonBits } from '../../broker/contract/quality.ts';
import type { JudgedReading } from '../../broker/contract/reading.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import {
  isAhead,
  judgeCrossChannel,
  judgeHumidity,
  judgeRange,
  judgeStep,
  type Sample,
} from '../domain/quality/arrival.ts';
import { ClockDrift } from '../domain/quality/clock-drift.ts';
import { correctedReadings } from '../domain/quality/corrections.ts';
import { qualityRuleSet, type Thresholds } from '../domain/quality/rule-set.ts';
import { thresholdsFor } from '../domain/quality/thresholds.ts';
import type { InterpretedEntry, JournalEntry } from '../journal/entry.ts';

/** Judges readings in the order of their arrival, before they are journalled: a replay finds the same verdicts. */
export interface Assessor {
  /** The entry with flag and reasons on its readings, and corrected ones where its device has a correction. */
  assess(entry: InterpretedEntry): JournalEntry;
  stop(): void;
}

/** Marks a sample that some test could judge, until its flag is made; above all reason bits. */
const evaluated = 1 << 30;

/**
 * An assessor that knows the last sample of each series since the start of the process: after a restart, tests that
 * need one before give no verdict for the first. It holds as many devices as the platform does.
 */
export function createAssessor({
  registry,
}: {
  registry: Pick<Registry, 'device' | 'onChange'>;
}): Assessor {
  const memories = new Map<DeviceKey, DeviceMemory>();
  const stop = registry.onChange((change) => {
    if (change.kind !== 'device') return;
    if (change.device) memories.get(change.key)?.describe(change.device);
    else memories.delete(change.key);
  });

  function memoryOf(key: DeviceKey): DeviceMemory {
    let memory = memories.get(key);
    if (!memory) {
      memory = new DeviceMemory(registry.device(key));
      // At the bound (devices of entries that have been deleted since) there is no remembering, only judging.
      if (memories.size < limits.devicesMax) memories.set(key, memory);
    }
    return memory;
  }

  return {
    assess(entry) {
      const { device } = entry;
      if (device === undefined || entry.readings.length === 0) return { ...entry, readings: [] };
      const memory = memoryOf(device);
      const readings = judgeEntry(memory, entry);
      const derived = derive(memory.description, entry, readings);
      return derived.length > 0 ? { ...entry, readings, derived } : { ...entry, readings };
    },
    stop,
  };
}

/** Corrected readings of an entry by what its device's record says for its arrival. */
function derive(
  device: Device | undefined,
  { receivedAt }: InterpretedEntry,
  judged: readonly JudgedReading[],
): JudgedReading[] {
  if (!device || judged.length < 2) return [];
  const correction = correctionAt(device, receivedAt);
  if (!correction) return [];
  return correctedReadings(judged, correction).flatMap(({ reading, source }) => {
    const original = judged[source];
    return original ? [inherit(original, reading)] : [];
  });
}

/** A corrected value is as good as its source, but for the humidity that it was corrected for. */
function inherit(source: JudgedReading, { metric, value }: { metric: MetricName; value: number }) {
  const reasons = source.reasons & ~reasonBits.humidity;
  const flag = flagOf(reasons, source.flag !== qualityFlags.notEvaluated);
  return { ...source, metric, value, flag, reasons };
}

/** What is remembered of a series: its newest sample that was not bad, and the one before. */
interface SeriesMemory {
  thresholds: Thresholds | undefined;
  last: Sample | undefined;
  /** For a further reading of the newest instant, such as a message that is delivered again. */
  before: Sample | undefined;
}

class DeviceMemory {
  readonly drift = new ClockDrift();
  readonly #series = new Map<MetricName, SeriesMemory>();
  #device: Device | undefined;
  gapMs = 0;

  constructor(device: Device | undefined) {
    this.describe(device);
  }

  get description(): Device | undefined {
    return this.#device;
  }

  /** Takes over a changed description; what was measured stays known. */
  describe(device: Device | undefined): void {
    this.#device = device;
    this.gapMs = qualityRuleSet.gapIntervalsMax * expectedIntervalMs(device ?? { kind: 'other' });
    for (const series of this.#series.values()) series.thresholds = undefined;
  }

  series(metric: MetricName): SeriesMemory {
    let series = this.#series.get(metric);
    if (!series) {
      series = { thresholds: undefined, last: undefined, before: undefined };
      this.#series.set(metric, series);
    }
    return series;
  }

  thresholds(metric: MetricName, series: SeriesMemory): Thresholds {
    series.thresholds ??= thresholdsFor({
      metric,
      model: this.#device?.model,
      method: this.#device?.station?.method,
      overrides: this.#device?.quality,
    });
    return series.thresholds;
  }
}

function judgeEntry(
  memory: DeviceMemory,
  { receivedAt, readings }: InterpretedEntry,
): JudgedReading[] {
  let newest = Number.NEGATIVE_INFINITY;
  let oldest = Number.POSITIVE_INFINITY;
  const judged: JudgedReading[] = readings.map(({ metric, at, value }) => {
    if (at > newest) newest = at;
    if (at < oldest) oldest = at;
    return { metric, at, value, flag: qualityFlags.notEvaluated, reasons: 0 };
  });
  const arrival = { receivedAt, isSlow: memory.drift.note(receivedAt - newest, receivedAt) };
  if (oldest === newest) judgeInstant(memory, judged, arrival);
  else for (const group of byInstant(judged)) judgeInstant(memory, group, arrival);
  return judged;
}

/** Readings of each instant, the earliest first, so that a batch in any order is judged like single messages. */
function byInstant(readings: readonly JudgedReading[]): JudgedReading[][] {
  const groups = new Map<number, JudgedReading[]>();
  for (const reading of readings) {
    const group = groups.get(reading.at);
    if (group) group.push(reading);
    else groups.set(reading.at, [reading]);
  }
  return [...groups.values()].sort(([a], [b]) => (a?.at ?? 0) - (b?.at ?? 0));
}

function judgeInstant(
  memory: DeviceMemory,
  group: readonly JudgedReading[],
  { receivedAt, isSlow }: { receivedAt: number; isSlow: boolean },
): void {
  for (const reading of group) judgeAlone(memory, reading);
  judgeChannels(group);
  for (const reading of group) {
    const thresholds = memory.thresholds(reading.metric, memory.series(reading.metric));
    if (thresholds.humidityMax !== undefined)
      note(reading, judgeHumidity(humidityFor(memory, group), thresholds));
    // The time says nothing of the value: passing this test makes no sample good.
    if (isSlow || isAhead(reading.at, receivedAt)) reading.reasons |= reasonBits.clock;
    const wasEvaluated = (reading.reasons & evaluated) !== 0;
    reading.reasons &= ~evaluated;
    reading.flag = flagOf(reading.reasons, wasEvaluated);
  }
}

/** Range and step: what a sample says by itself and after the one before. */
function judgeAlone(memory: DeviceMemory, reading: JudgedReading): void {
  const series = memory.series(reading.metric);
  const thresholds = memory.thresholds(reading.metric, series);
  const { last } = series;
  const isRepeated = last?.at === reading.at;
  const reference = isRepeated ? series.before : last;
  note(reading, judgeRange(reading.value, thresholds));
  note(reading, judgeStep(reading, reference, thresholds, memory.gapMs));
  if (isBad(reading)) return;
  if (last && isRepeated) last.value = reading.value;
  else if (!last || reading.at > last.at) {
    // The two objects change places: nothing is allocated per sample.
    const sample = series.before ?? { at: 0, value: 0 };
    sample.at = reading.at;
    sample.value = reading.value;
    series.before = last;
    series.last = sample;
  }
}

const badBits = reasonBits.range | reasonBits['step-fail'];

function isBad({ reasons }: JudgedReading): boolean {
  return (reasons & badBits) !== 0;
}

function note(reading: JudgedReading, verdict: number): void {
  if (verdict >= 0) reading.reasons |= verdict | evaluated;
}

const channelPairs = [
  ['pm2_5', 'pm10'],
  ['pm1', 'pm2_5'],
] as const;

function judgeChannels(group: readonly JudgedReading[]): void {
  for (const [finerName, coarserName] of channelPairs) {
    const finer = find(group, finerName);
    const coarser = finer && find(group, coarserName);
    if (!finer || !coarser || isBad(finer) || isBad(coarser)) continue;
    const verdict = judgeCrossChannel(finer.value, coarser.value);
    note(finer, verdict);
    note(coarser, verdict);
  }
}

/** The relative humidity at the instant of a group: its own, or the last one when that is not too old. */
function humidityFor(memory: DeviceMemory, group: readonly JudgedReading[]): number | undefined {
  const own = find(group, 'relative_humidity');
  if (own && !isBad(own)) return own.value;
  const at = group[0]?.at ?? Number.NEGATIVE_INFINITY;
  const { last } = memory.series('relative_humidity');
  return last && last.at <= at && at - last.at <= memory.gapMs ? last.value : undefined;
}

function find(group: readonly JudgedReading[], metric: MetricName): JudgedReading | undefined {
  for (const reading of group) if (reading.metric === metric) return reading;
  return undefined;
}
