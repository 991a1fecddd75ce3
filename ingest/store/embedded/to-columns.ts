import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import type { ReadingBatch } from '../reading-batch.ts';
import type { Judgement, SeriesWindow } from '../store.ts';
import {
  emptyReadings,
  type JudgementColumns,
  type ReadingColumns,
  type SeriesShapes,
  type WindowColumns,
} from './messages.ts';
import type { SeriesIndex } from './series-index.ts';

/** Readings as the thread takes them: columns of its own, of the rows that are kept. New series get their number. */
export function readingColumns(
  batch: ReadingBatch,
  kept: readonly number[] | undefined,
  index: SeriesIndex,
): ReadingColumns {
  const columns = kept ? picked(batch, kept) : copied(batch);
  const idOf = index.idsOf(batch.table);
  const { series } = columns;
  for (let row = 0; row < series.length; row++) series[row] = idOf(series[row] as number);
  return columns;
}

function copied({
  length,
  series,
  at,
  value,
  flag,
  reasons,
  receivedAt,
}: ReadingBatch): ReadingColumns {
  return {
    series: series.slice(0, length),
    at: at.slice(0, length),
    value: value.slice(0, length),
    flag: flag.slice(0, length),
    reasons: reasons.slice(0, length),
    receivedAt: receivedAt.slice(0, length),
  };
}

function picked(batch: ReadingBatch, rows: readonly number[]): ReadingColumns {
  const columns = emptyReadings(rows.length);
  for (const [to, from] of rows.entries()) {
    columns.series[to] = batch.series[from] as number;
    columns.at[to] = batch.at[from] as number;
    columns.value[to] = batch.value[from] as number;
    columns.flag[to] = batch.flag[from] as number;
    columns.reasons[to] = batch.reasons[from] as number;
    columns.receivedAt[to] = batch.receivedAt[from] as number;
  }
  return columns;
}

/** Judgements of series that are known; of a reading judged twice the last one. */
export function judgementColumns(
  judgements: readonly Judgement[],
  index: SeriesIndex,
): JudgementColumns {
  const last = new Map<string, { id: number; judgement: Judgement }>();
  for (const judgement of judgements) {
    const id = index.idOf(judgement.device, judgement.metric);
    if (id !== undefined) last.set(`${id} ${judgement.at}`, { id, judgement });
  }
  const { series, at, flag, reasons } = emptyReadings(last.size);
  let row = 0;
  for (const { id, judgement } of last.values()) {
    series[row] = id;
    at[row] = judgement.at;
    flag[row] = judgement.flag;
    reasons[row++] = judgement.reasons;
  }
  return { series, at, flag, reasons };
}

/** Each window once, without those of series that were never written. */
export function windowColumns(windows: readonly SeriesWindow[], index: SeriesIndex): WindowColumns {
  const starts = new Map<number, Set<number>>();
  let count = 0;
  for (const { device, metric, start } of windows) {
    const id = index.idOf(device, metric);
    if (id === undefined) continue;
    const known = starts.get(id) ?? new Set();
    starts.set(id, known);
    if (!known.has(start)) count++;
    known.add(start);
  }
  const columns = { series: new Int32Array(count), start: new Float64Array(count) };
  let row = 0;
  for (const [id, known] of starts) {
    for (const start of known) {
      columns.series[row] = id;
      columns.start[row++] = start;
    }
  }
  return columns;
}

/** The shape of each series that is known, once: the last one named. */
export function shapesOf(
  all: readonly { device: DeviceKey; metric: MetricName; intervalMs: number }[],
  index: SeriesIndex,
): SeriesShapes {
  const shapes = new Map<number, { intervalMs: number; isState: boolean }>();
  for (const { device, metric, intervalMs } of all) {
    const id = index.idOf(device, metric);
    if (id === undefined) continue;
    shapes.set(id, { intervalMs, isState: metricOf(metric).kind === 'state' });
  }
  const ids = [...shapes.keys()].sort((a, b) => a - b);
  return {
    series: Int32Array.from(ids),
    intervalMs: Float64Array.from(ids, (id) => shapes.get(id)?.intervalMs ?? 0),
    isState: Uint8Array.from(ids, (id) => (shapes.get(id)?.isState ? 1 : 0)),
  };
}

/** What is handed to the thread without a copy. */
export function buffersOf(...columns: object[]): ArrayBuffer[] {
  return columns
    .flatMap((each) => Object.values(each))
    .filter(ArrayBuffer.isView)
    .map((view) => view.buffer as ArrayBuffer);
}
