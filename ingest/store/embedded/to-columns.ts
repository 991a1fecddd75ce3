import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type MetricName, metricOf } from '../../../broker/contract/metrics.ts';
import type { Judgement, SeriesWindow, StoredReading } from '../store.ts';
import {
  emptyReadings,
  type JudgementColumns,
  type ReadingColumns,
  type SeriesShapes,
  type WindowColumns,
} from './messages.ts';
import type { SeriesIndex } from './series-index.ts';

/** Readings as the thread takes them. New series get their number. */
export function readingColumns(
  readings: readonly StoredReading[],
  index: SeriesIndex,
): ReadingColumns {
  const columns = emptyReadings(readings.length);
  readings.forEach(({ device, metric, at, value, flag, reasons, receivedAt }, row) => {
    columns.series[row] = index.idOrNew(device, metric);
    columns.at[row] = at;
    columns.value[row] = value;
    columns.flag[row] = flag;
    columns.reasons[row] = reasons;
    columns.receivedAt[row] = receivedAt;
  });
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
