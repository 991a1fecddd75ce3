import { Histogram } from './histogram.ts';

/** What links and devices count; one for the fleet, one for history. */
export class Tally {
  /** Handed to the connection. At rest sent = acknowledged + errors. */
  sent = 0;
  /** Answered by the broker (PUBACK). */
  acknowledged = 0;
  /** Given up by the connection without an answer. */
  errors = 0;
  /** Not sent: no connection, or too many unanswered. Real devices of this kind lose such samples too. */
  skipped = 0;
  /** Connections that the broker accepted, repeated ones included. */
  connects = 0;
  /** Connections that ended without having been asked to. */
  drops = 0;
  /** Attempts to connect that failed, and protocol errors. */
  faults = 0;
  readonly ackMs = new Histogram();
}
