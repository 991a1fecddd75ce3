/** Bounds of exports; what happens at the bound stands beside each. */
export const exportLimits = {
  /** Exports being made at the same time; a further one is refused with {@link ExportsBusy}. */
  runningMax: 2,
  /** Of these, those of callers without an account, who must leave room for the others; refused likewise. */
  guestsRunningMax: 1,
  /** Exports that are kept, running ones included; at the bound the oldest finished one goes. */
  keptMax: 50,
  /** Of these, those of callers without an account; at the bound the oldest finished one of theirs goes. */
  guestsKeptMax: 20,
  /** A finished export is deleted at this age. */
  ageMsMax: 3_600_000,
  /** An export that was begun by a download and that nobody reads for this time is cancelled. */
  abandonedMsMax: 60_000,
  /** Bytes of one export; a larger one fails. */
  bytesMax: 50e9,
  /** Bytes of all exports; at the bound finished ones go, oldest first, and if that is not enough the export fails. */
  bytesOfAllMax: 100e9,
  /** Free bytes that an export leaves on the disk, for the journal and the store; it fails before. */
  freeBytesMin: 1e9,
  /** Series of one export; more are refused. */
  seriesMax: 200_000,
  /** Rows that are sorted and written at once: what an export needs of memory. */
  sliceRowsMax: 250_000,
  /** Slices of one export that are made at once; where another export has the processors, it is one. */
  lanesMax: 2,
  /** Series times blocks that are counted at once. */
  unitsMax: 200_000,
  /** Rows of one query to a store that hands rows out. */
  pageRowsMax: 50_000,
  /** Rows of a spreadsheet, which is made in memory; more are refused, other formats have no limit. */
  sheetRowsMax: 100_000,
  /** Bytes that are read from a file at once: few waits for a processor that slices keep busy. */
  readBytes: 1024 * 1024,
  /** Bytes that are handed to a reader at once. */
  chunkBytes: 256 * 1024,
} as const;
