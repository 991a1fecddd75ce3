import type { Comparison } from '../../../broker/contract/air.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import { deming, leastSquares, momentsOf, reducedMajorAxis, rSquared } from './regression.ts';
import {
  type HourlyRows,
  isValidHour,
  legalMonthOf,
  legalStart,
  legalYearOf,
} from './year-hours.ts';

/**
 * What a comparison needs. Proposals, not law: as many hours as make a valid day to say anything at all; 30 days at
 * 75 % to rely on it, as campaigns of sensors beside references are usually asked for; three days for a month's bias.
 */
export const comparisonNeeds = { pairsMin: 18, pairsSufficient: 540, pairsPerMonth: 72 } as const;

const dayMs = 86_400_000;

export interface ComparisonQuestion {
  device: DeviceKey;
  reference: DeviceKey;
  metric: MetricName;
  from: number;
  to: number;
  distanceM?: number | undefined;
}

interface Pair {
  at: number;
  device: number;
  reference: number;
}

/** A device beside a reference, over the hours in `[from, to)` that both have valid. Differences are device minus reference. */
export function compare(
  question: ComparisonQuestion,
  device: HourlyRows,
  reference: HourlyRows,
): Comparison {
  const { distanceM, ...asked } = question;
  const own = validHours(device, question);
  const others = validHours(reference, question);
  const pairs: Pair[] = [];
  for (const [at, value] of others) {
    const measured = own.get(at);
    if (measured !== undefined) pairs.push({ at, device: measured, reference: value });
  }
  return {
    ...asked,
    unit: metricOf(question.metric).unit,
    status: statusOf(pairs.length),
    needs: { ...comparisonNeeds },
    pairs: pairs.length,
    possiblePairs: others.size,
    coverage: others.size === 0 ? 0 : pairs.length / others.size,
    ...(distanceM === undefined ? {} : { distanceM }),
    fit: pairs.length < comparisonNeeds.pairsMin ? null : fitOf(pairs),
    drift: driftOf(pairs),
  };
}

function statusOf(pairs: number): Comparison['status'] {
  if (pairs < comparisonNeeds.pairsMin) return 'too-few';
  return pairs < comparisonNeeds.pairsSufficient ? 'short' : 'sufficient';
}

function validHours(
  rows: HourlyRows,
  { from, to }: { from: number; to: number },
): Map<number, number> {
  const hours = new Map<number, number>();
  for (const [index, at] of rows.at.entries()) {
    const mean = rows.mean[index];
    if (at < from || at >= to || !isValidHour(mean, rows.coverage[index] ?? 0)) continue;
    hours.set(at, mean);
  }
  return hours;
}

function fitOf(pairs: readonly Pair[]): Comparison['fit'] {
  const moments = momentsOf(
    pairs.map(({ reference }) => reference),
    pairs.map(({ device }) => device),
  );
  const { meanX, meanY } = moments;
  const squares = pairs.reduce((sum, pair) => sum + (pair.device - pair.reference) ** 2, 0);
  return {
    meanDevice: meanY,
    meanReference: meanX,
    ...biasOf(pairs),
    rmse: Math.sqrt(squares / pairs.length),
    r2: rSquared(moments),
    ols: leastSquares(moments),
    deming: deming(moments),
    rma: reducedMajorAxis(moments),
  };
}

function biasOf(pairs: readonly Pair[]): { bias: number; relativeBias: number | null } {
  const sum = pairs.reduce((all, pair) => all + pair.device - pair.reference, 0);
  const reference = pairs.reduce((all, pair) => all + pair.reference, 0);
  return { bias: sum / pairs.length, relativeBias: reference > 0 ? sum / reference : null };
}

/** Bias by legal month, and how fast it changes: the slope of the hourly differences over time. */
function driftOf(pairs: readonly Pair[]): Comparison['drift'] {
  const byMonth = new Map<number, Pair[]>();
  for (const pair of pairs) {
    const month = legalStart(legalYearOf(pair.at), legalMonthOf(pair.at));
    const known = byMonth.get(month);
    if (known) known.push(pair);
    else byMonth.set(month, [pair]);
  }
  const months = [...byMonth]
    .filter(([, own]) => own.length >= comparisonNeeds.pairsPerMonth)
    .sort(([a], [b]) => a - b);
  const used = months.flatMap(([, own]) => own);
  const line = leastSquares(
    momentsOf(
      used.map(({ at }) => (at - (used[0]?.at ?? 0)) / (30 * dayMs)),
      used.map((pair) => pair.device - pair.reference),
    ),
  );
  return {
    months: months.map(([from, own]) => ({ from, pairs: own.length, ...biasOf(own) })),
    biasPer30Days: months.length >= 2 && line ? line.slope : null,
  };
}
