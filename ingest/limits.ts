/** Bounds inside ingest; those that devices can reach stand in the contract's `limits`. */
export const ingestLimits = {
  /** Messages waiting for their group commit; a further one is not kept (no ack, HTTP 503). */
  journalPendingMax: 50_000,
  /** Their bytes; the same answer. */
  journalPendingBytesMax: 64 * 1024 * 1024,
  /** Bytes of one group commit; the rest waits for the next. */
  journalGroupBytesMax: 4 * 1024 * 1024,
  /** A segment that has grown to this is closed and the next one begun. */
  journalSegmentBytes: 64 * 1024 * 1024,
  /** Readings of one write to the store. */
  sinkBatchMax: 20_000,
  /** A store that fails is tried again with half as many, down to these; each success doubles them again. */
  sinkBatchMin: 100,
  /** Bytes that the sink reads from the journal at once. */
  sinkReadBytesMax: 1024 * 1024,
  /** Windows waiting to be rolled up; at the bound the sink waits until they are. */
  dirtyWindowsMax: 200_000,
  /** Windows of one roll-up call. */
  rollUpBatchMax: 5_000,
  /** As for the sink: a store that fails is asked for half as many, down to these. */
  rollUpBatchMin: 50,
  /** Roll-ups that wait for their turn; a further one (a reader's) is answered with StoreUnavailable. */
  rollUpTurnsMax: 64,
  /** Rejections that one entry lists; the last one then says how many more there were, and counts as one. */
  rejectionsPerEntryMax: 1_000,
  /**
   * Bytes that the copies of one message's payload may take, one in each entry of a device with rejections;
   * at the bound the rejections of further devices stand in the last such entry.
   */
  payloadCopiesBytesMax: 4 * 1024 * 1024,
  /** Bytes of rejected messages that are kept; the oldest go first. */
  rejectionBytesMax: 256 * 1024 * 1024,
} as const;
