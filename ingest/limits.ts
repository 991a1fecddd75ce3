/** Bounds inside ingest; those that devices can reach stand in the contract's `limits`. */
export const ingestLimits = {
  /** Records waiting for their group commit; the messages of a further one are not kept (no ack, HTTP 503). */
  journalPendingMax: 50_000,
  /** Their bytes; the same answer. */
  journalPendingBytesMax: 64 * 1024 * 1024,
  /** Bytes of one group commit; the rest waits for the next. */
  journalGroupBytesMax: 4 * 1024 * 1024,
  /** A segment that has grown to this is closed and the next one begun. */
  journalSegmentBytes: 64 * 1024 * 1024,
  /** With so many readings or messages a packed record takes no further message: what came together takes several. */
  packedRowsMax: 16_384,
  /** Rows of columns that are kept for the next messages (26 bytes each); more are made anew. */
  plainRowsKeptMax: 524_288,
  /** Sets of thresholds that series share in memory; a further one is a copy for each series that has it. */
  sharedThresholdsMax: 4_096,
  /** Readings of one write to the store. */
  sinkBatchMax: 20_000,
  /** A store that fails is tried again with half as many, down to these; each success doubles them again. */
  sinkBatchMin: 100,
  /** Series that the sink knows by number; at the bound it begins to number them anew. */
  sinkSeriesMax: 250_000,
  /** Series of names as they stand in packed records, for which their numbers are remembered; at the bound all are forgotten. */
  sinkNamesMax: 500_000,
  /** Bytes that the sink reads from the journal at once. */
  sinkReadBytesMax: 1024 * 1024,
  /**
   * Windows waiting to be rolled up, some 300 bytes each; at the bound the sink waits until they are. Each series that
   * sends has three under way: its minute, its hour, its day.
   */
  dirtyWindowsMax: 750_000,
  /**
   * Readings that are older on arrival are stored but correct no tier by themselves, so that what was published
   * stays as it was until somebody recomputes it on purpose; they are counted as late. (Devices buffer for 48 h.)
   */
  lateMsMax: 48 * 3_600_000,
  /** Windows of one roll-up call. */
  rollUpBatchMax: 5_000,
  /** Series times windows of one rebuild call: work that a write may have to wait for. */
  rebuildWindowsMax: 1_500_000,
  /** Readings that an estimate of a device's interval reads at once; of more it takes an hour instead of a day. */
  estimateRowsMax: 20_000,
  /** Samples that the judge of closed hours reads at once; a series with more by itself keeps the flags of its arrival. */
  judgeRowsMax: 250_000,
  /** Judgements of one call to the store. */
  judgeBatchMax: 10_000,
  /** Series with late readings that wait for the judge; a further one keeps the flags of its arrival. */
  lateSeriesMax: 100_000,
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
