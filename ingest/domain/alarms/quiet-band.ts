import type { AlarmRule } from '../../../broker/contract/alarm-rules.ts';
import type { WatchMemory } from './watch.ts';

/**
 * Values between which, both excluded, a sample of an ordinary flag says "over" of a rule that is idle: nothing comes
 * of it but the instant up to which the series is judged.
 */
export interface QuietBand {
  above: number;
  below: number;
}

const all: QuietBand = { above: Number.NEGATIVE_INFINITY, below: Number.POSITIVE_INFINITY };

/** The quiet band of a rule; undefined where each sample has its say. */
export function quietBandOf({ condition }: Pick<AlarmRule, 'condition'>): QuietBand | undefined {
  switch (condition.type) {
    case 'threshold':
    case 'count':
      return ofComparison(condition);
    case 'outside':
      return { above: condition.min, below: condition.max };
    case 'quality':
      return all;
    default:
      return undefined;
  }
}

function ofComparison({
  op,
  value,
}: Extract<AlarmRule['condition'], { type: 'threshold' | 'count' }>): QuietBand | undefined {
  if (op === 'eq') return undefined;
  return op === 'gt' || op === 'gte' ? { ...all, below: value } : { ...all, above: value };
}

/** What is quiet for all. */
export function narrowed(bands: readonly QuietBand[]): QuietBand {
  return {
    above: Math.max(...bands.map(({ above }) => above), all.above),
    below: Math.min(...bands.map(({ below }) => below), all.below),
  };
}

/** A rule that has let samples of its band pass catches up: they were judged, the newest at `at`. */
export function passTo(memory: WatchMemory, at: number): void {
  if (at > (memory.lastAt ?? Number.NEGATIVE_INFINITY)) memory.lastAt = at;
}
