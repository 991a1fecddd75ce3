import type { HistogramData } from './histogram.ts';
import { Histogram } from './histogram.ts';

/** What is counted, each since the start. */
const counts = {
  /** Handed to the connection. At rest sent = acknowledged + errors. */
  sent: 0,
  /** Answered by the broker (PUBACK). */
  acknowledged: 0,
  /** Given up by the connection without an answer. */
  errors: 0,
  /** Not sent: no connection, or too many unanswered. Real devices of this kind lose such samples too. */
  skipped: 0,
  /** Sent again on a new connection, marked as such; they count as sent once. */
  resent: 0,
  /** Connections that the broker accepted, repeated ones included. */
  connects: 0,
  /** Connections that ended without having been asked to. */
  drops: 0,
  /** Attempts to connect that failed, and protocol errors. */
  faults: 0,
};

type Counts = typeof counts;

/** A tally as plain data: it travels between threads. */
export interface TallyData extends Counts {
  ackMs: HistogramData;
  connectMs: HistogramData;
}

/** What links and devices count; one for the fleet, one for history. */
export class Tally implements Counts {
  sent = 0;
  acknowledged = 0;
  errors = 0;
  skipped = 0;
  resent = 0;
  connects = 0;
  drops = 0;
  faults = 0;
  /** From sending to the broker's answer. */
  readonly ackMs = new Histogram();
  /** From the first byte to the broker's welcome. */
  readonly connectMs = new Histogram();

  merge(other: TallyData): void {
    for (const name of Object.keys(counts) as (keyof Counts)[]) this[name] += other[name];
    this.ackMs.merge(other.ackMs);
    this.connectMs.merge(other.connectMs);
  }

  data(): TallyData {
    const { sent, acknowledged, errors, skipped, resent, connects, drops, faults } = this;
    return {
      ...{ sent, acknowledged, errors, skipped, resent, connects, drops, faults },
      ackMs: this.ackMs.data(),
      connectMs: this.connectMs.data(),
    };
  }
}
