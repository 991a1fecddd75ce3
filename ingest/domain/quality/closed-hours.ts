import {
  flagOf,
  hourReasons,
  type QualityFlag,
  qualityFlags,
  reasonBits,
} from '../../../broker/contract/quality.ts';
import type { RawColumns } from '../../../broker/contract/series.ts';
import { noVerdict } from './arrival.ts';
import { judgeFlatLine, type UsableSamples } from './flat-line.ts';
import { medianAndDeviation } from './median.ts';
import { qualityRuleSet, type Thresholds } from './rule-set.ts';

type Columns = Pick<RawColumns, 'at' | 'value' | 'flag' | 'reasons'>;

/** Which samples are judged, and by what. */
export interface HourContext {
  thresholds: Thresholds;
  /** Nominal time between samples. */
  intervalMs: number;
  /** Whole UTC hours `[from, to)`; samples around them are context. */
  from: number;
  to: number;
}

/** A sample whose quality is not what it was. */
export interface Changed {
  index: number;
  flag: QualityFlag;
  reasons: number;
}

/** Bits of closed hours that are decided from the series alone. */
const seriesReasons = hourReasons & ~(reasonBits.neighbours | reasonBits['dual-sensor']);
/** What was bad at arrival takes no part in the tests: it would be blamed on its neighbours. */
const badAtArrival = reasonBits.range | reasonBits['step-fail'];

/**
 * Judges the samples of closed hours by spike, flat line, outlier and noise: what has changed, in order. Bits of
 * arrival and of neighbours stay. A function of the columns, so that judging again changes nothing.
 */
export function judgeHours(columns: Columns, context: HourContext): Changed[] {
  const places = usablePlaces(columns);
  const samples: UsableSamples = {
    at: Float64Array.from(places, (place) => columns.at[place] as number),
    value: Float64Array.from(places, (place) => columns.value[place] as number),
  };
  const gapMs = qualityRuleSet.gapIntervalsMax * context.intervalMs;
  const spikes = judgeSpikes(samples, context.thresholds, gapMs);
  const outliers = judgeOutliers(samples, context, gapMs);
  // One spike must not make the whole hour noisy, nor one that has no sample after it yet.
  const { spike, spikeFail } = context.thresholds;
  const unjudged = spike === undefined && spikeFail === undefined ? noVerdict : 0;
  const isQuiet = (place: number): boolean =>
    (spikes[place] === 0 || spikes[place] === unjudged) && (outliers[place] as number) <= 0;
  const verdicts = [
    judgeFlatLine(samples, context.thresholds, gapMs),
    spikes,
    outliers,
    judgeNoise(samples, context.thresholds, isQuiet),
  ];
  const changed: Changed[] = [];
  let usable = 0;
  columns.at.forEach((at, index) => {
    const place = places[usable] === index ? usable++ : undefined;
    if (at < context.from || at >= context.to) return;
    const flag = columns.flag[index] as QualityFlag;
    const before = columns.reasons[index] as number;
    let reasons = before & ~seriesReasons;
    let isEvaluated = flag !== qualityFlags.notEvaluated;
    for (const verdict of place === undefined ? [] : verdicts) {
      const bits = verdict[place as number] as number;
      if (bits === noVerdict) continue;
      isEvaluated = true;
      reasons |= bits;
    }
    const judged = flagOf(reasons, isEvaluated);
    if (reasons !== before || judged !== flag) changed.push({ index, flag: judged, reasons });
  });
  return changed;
}

function usablePlaces({ reasons }: Columns): number[] {
  const places: number[] = [];
  reasons.forEach((mask, index) => {
    if ((mask & badAtArrival) === 0) places.push(index);
  });
  return places;
}

/** QARTOD spike test, "differential": the smaller of two opposite steps. The average variant marks neighbours too. */
function judgeSpikes(
  { at, value }: UsableSamples,
  { spike, spikeFail }: Thresholds,
  gapMs: number,
): Int32Array {
  const verdicts = new Int32Array(at.length).fill(noVerdict);
  if (spike === undefined && spikeFail === undefined) return verdicts;
  for (let index = 1; index < at.length - 1; index++) {
    const instant = at[index] as number;
    if (instant - (at[index - 1] as number) > gapMs) continue;
    if ((at[index + 1] as number) - instant > gapMs) continue;
    const up = (value[index] as number) - (value[index - 1] as number);
    const down = (value[index] as number) - (value[index + 1] as number);
    const height = up * down > 0 ? Math.min(Math.abs(up), Math.abs(down)) : 0;
    if (height > (spikeFail ?? Number.POSITIVE_INFINITY))
      verdicts[index] = reasonBits['spike-fail'];
    else verdicts[index] = height > (spike ?? Number.POSITIVE_INFINITY) ? reasonBits.spike : 0;
  }
  return verdicts;
}

/** Hampel test in a centred window, as wide as the data around the sample allow without a gap. */
function judgeOutliers(
  { at, value }: UsableSamples,
  { thresholds, from, to }: Pick<HourContext, 'thresholds' | 'from' | 'to'>,
  gapMs: number,
): Int32Array {
  const verdicts = new Int32Array(at.length).fill(noVerdict);
  const { outlierFloor } = thresholds;
  if (outlierFloor === undefined) return verdicts;
  const { deviations, sideMin, sideMax } = qualityRuleSet.outlier;
  for (let index = 0; index < at.length; index++) {
    const instant = at[index] as number;
    if (instant < from || instant >= to) continue;
    const side = sideAround(at, index, gapMs, sideMax);
    if (side < sideMin) continue;
    const window = value.slice(index - side, index + side + 1);
    verdicts[index] = 0;
    if (spread(window) <= deviations * outlierFloor) continue;
    const { median, deviation } = medianAndDeviation(window);
    const distance = Math.abs((value[index] as number) - median);
    if (distance > deviations * Math.max(deviation, outlierFloor))
      verdicts[index] = reasonBits.outlier;
  }
  return verdicts;
}

/** Samples on each side of one that are not beyond a gap, the same number on both sides. */
function sideAround(at: Float64Array, index: number, gapMs: number, sideMax: number): number {
  let side = 0;
  while (side < sideMax) {
    const [left, right] = [index - side - 1, index + side + 1];
    if (left < 0 || right >= at.length) break;
    if ((at[left + 1] as number) - (at[left] as number) > gapMs) break;
    if ((at[right] as number) - (at[right - 1] as number) > gapMs) break;
    side++;
  }
  return side;
}

/** No value is farther from the median than this. */
function spread(values: Float64Array): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least;
}

const hourMs = 3_600_000;

/**
 * Coefficient of variation (sample standard deviation by mean) of each UTC hour, of the samples that count. Where the
 * mean is so small that values may stay flat, a share of it says nothing: no verdict.
 */
function judgeNoise(
  { at, value }: UsableSamples,
  { noiseMax, flatAbove }: Thresholds,
  counts: (place: number) => boolean,
): Int32Array {
  const verdicts = new Int32Array(at.length).fill(noVerdict);
  if (noiseMax === undefined) return verdicts;
  let begin = 0;
  while (begin < at.length) {
    const start = begin;
    const hour = Math.floor((at[begin] as number) / hourMs);
    let end = begin + 1;
    while (end < at.length && Math.floor((at[end] as number) / hourMs) === hour) end++;
    const counted = value.subarray(begin, end).filter((_, index) => counts(start + index));
    verdicts.fill(noiseOf(counted, noiseMax, flatAbove ?? 0), begin, end);
    begin = end;
  }
  return verdicts;
}

function noiseOf(values: Float64Array, noiseMax: number, meanMin: number): number {
  if (values.length < qualityRuleSet.noiseSamplesMin) return noVerdict;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!(mean > meanMin)) return noVerdict;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1)) > noiseMax * mean ? reasonBits.noise : 0;
}
