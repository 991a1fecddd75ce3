import type { ValuesFrame } from '../../broker/contract/live.ts';
import { metricOf } from '../../broker/contract/metrics.ts';
import type { Playback } from '../../broker/contract/playback.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import type { TierColumns } from '../../broker/contract/series.ts';
import { tierWidthMs } from '../../broker/contract/windows.ts';
import type { Slot } from './live/live-state.ts';

const stepMs = tierWidthMs['1h'];

/** One series with its hourly rows; undefined where there are too many. */
export interface PlayedSeries {
  slot: Slot;
  rows: TierColumns | undefined;
}

/**
 * Frames of whole hours: a snapshot of the first, then what the others have. A series is introduced with its first
 * value: before that there is nothing of it to be shown.
 */
export function playbackFrames(
  series: readonly PlayedSeries[],
  { from, to, epoch }: { from: number; to: number; epoch: string },
): Playback['frames'] {
  const frames = Array.from({ length: Math.round((to - from) / stepMs) }, (_, hour) =>
    emptyFrame({ epoch, seq: hour, now: from + (hour + 1) * stepMs }),
  );
  for (const { slot, rows } of series) if (rows) addRows(frames, slot, { rows, from });
  return frames;
}

function addRows(
  frames: Playback['frames'],
  slot: Slot,
  { rows, from }: { rows: TierColumns; from: number },
): void {
  const isState = metricOf(slot.metric).kind === 'state';
  let isKnown = false;
  for (const [index, start] of rows.at.entries()) {
    const frame = frames[Math.round((start - from) / stepMs)];
    const value = (isState ? rows.last[index] : rows.mean[index]) ?? null;
    // An hour that has only bad samples has no value to show.
    if (!frame || value === null) continue;
    if (!isKnown) introduce(frame, slot);
    isKnown = true;
    frame.values.series.push(slot.id);
    frame.values.age.push(frame.now - (rows.lastAt[index] ?? start));
    frame.values.value.push(value);
    frame.values.flag.push(flagOf(rows.flags[index]));
  }
}

function introduce(frame: ValuesFrame, { id, owner, metric }: Slot): void {
  frame.added ??= { series: [], device: [], metric: [] };
  frame.added.series.push(id);
  frame.added.device.push(owner.key);
  frame.added.metric.push(metric);
}

/** What most of the samples are that the value is made of. */
function flagOf(counts: TierColumns['flags'][number] | undefined): number {
  const [good = 0, notEvaluated = 0, suspect = 0] = counts ?? [];
  if (suspect > good + notEvaluated) return qualityFlags.suspect;
  return good >= notEvaluated ? qualityFlags.good : qualityFlags.notEvaluated;
}

function emptyFrame({ epoch, seq, now }: { epoch: string; seq: number; now: number }): ValuesFrame {
  return { epoch, seq, now, values: { series: [], age: [], value: [], flag: [] } };
}
