/** Bounds of an import; what happens at the bound stands beside each. */
export const importLimits = {
  /** Bytes of the body as sent; more is answered with 413. What stood before is taken. */
  bodyBytesMax: 1024 * 1024 * 1024,
  /** Bytes after unpacking: a small gzip can stand for terabytes. The same answer. */
  unpackedBytesMax: 8 * 1024 * 1024 * 1024,
  /** A longer line is rejected as malformed and skipped to its end, without keeping it in memory. */
  lineCharsMax: 64 * 1024,
  /** Fields of one line; a line with more is malformed. */
  fieldsMax: 256,
  /** Readings of one message to ingest; below the contract's `readingsPerMessageMax`. */
  messageReadingsMax: 1_000,
  /** Rejected readings of one message: the rejection log lists so many one by one, and keeps its bytes. */
  rejectedMessageReadingsMax: 250,
  /** Readings waiting for their message to fill; at the bound all waiting ones are handed in. */
  waitingReadingsMax: 20_000,
  /** Messages handed in and not yet on disk; the file is read no further meanwhile. */
  messagesInFlightMax: 16,
  /** Rejected readings that are also handed in to be kept for inspection; further ones are in the report only. */
  rejectionsKeptMax: 5_000,
  /** Devices of one file; rows of further ones are rejected. */
  devicesMax: 5_000,
  /** Examples of each reason in the report. */
  examplesMax: 10,
  /** Devices that the report names; `deviceCount` has them all. */
  devicesListedMax: 100,
  /** Columns that the report names as not imported. */
  columnsListedMax: 50,
  /** A journal that takes nothing is tried again after this time, ms, */
  retryAfterMs: 500,
  /** so many times; then the import ends with `not-kept`. What was taken stays, sending it again is harmless. */
  retriesMax: 60,
} as const;
