import type { RejectReason } from '../../broker/contract/rejection.ts';
import type { HistogramData } from '../histogram.ts';
import { Histogram } from '../histogram.ts';
import type { TallyData } from '../tally.ts';
import { Tally } from '../tally.ts';

/** How many readings were rejected, by reason. */
export type ByReason = Partial<Record<RejectReason, number>>;

export function countReason(counts: ByReason, reason: RejectReason, count = 1): void {
  counts[reason] = (counts[reason] ?? 0) + count;
}

export function total(byReason: ByReason): number {
  return Object.values(byReason).reduce((sum, count) => sum + count, 0);
}

const figures = {
  /** Readings (values) in acknowledged messages that a platform stores, each key once. */
  kept: 0,
  /** Readings in acknowledged messages that were acknowledged before: the same message sent twice. */
  repeated: 0,
  /** Messages that nothing of can be checked: their format has no time. */
  timeless: 0,
};

export interface AccountsData {
  readings: typeof figures;
  rejected: ByReason;
  tally: TallyData;
  backMs: HistogramData;
  lateMs: HistogramData;
}

/** What a part of the fleet counts while it runs: messages by its connections, readings by what is in them. */
export class Accounts {
  readonly tally = new Tally();
  readonly readings = { ...figures };
  /** What a platform that keeps the contract rejects of what was acknowledged. */
  readonly rejected: ByReason = {};
  /** From having to come back to being connected again. */
  readonly backMs = new Histogram();
  /** How late messages went out, on the wall: the simulator, or its window of unanswered messages, was too slow. */
  readonly lateMs = new Histogram();

  merge(other: AccountsData): void {
    this.tally.merge(other.tally);
    this.backMs.merge(other.backMs);
    this.lateMs.merge(other.lateMs);
    this.readings.kept += other.readings.kept;
    this.readings.repeated += other.readings.repeated;
    this.readings.timeless += other.readings.timeless;
    for (const [reason, count] of Object.entries(other.rejected))
      countReason(this.rejected, reason as RejectReason, count);
  }

  data(): AccountsData {
    return {
      tally: this.tally.data(),
      readings: { ...this.readings },
      rejected: { ...this.rejected },
      backMs: this.backMs.data(),
      lateMs: this.lateMs.data(),
    };
  }
}
