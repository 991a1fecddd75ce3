/** Bounds of the stores; what happens at the bound stands beside it. */
export const storeLimits = {
  /** Calls of one store under way or waiting; a further one throws StoreUnavailable. */
  callsMax: 128,
  /** Rows that one step of a rebuild of the embedded store reads, about; calls that came meanwhile go before the next. */
  rebuildSliceRowsMax: 400_000,
  /** Series whose minutes under way the embedded store has at hand, some 350 bytes each; of further ones it reads the samples. */
  openMinutesSeriesMax: 100_000,
  /** Requests to InfluxDB at the same time; further ones of the same call wait. */
  influxRequestsAtOnceMax: 4,
  /** An InfluxDB that takes longer for one request counts as unavailable. */
  influxAnswerMsMax: 30_000,
  /** Bytes of one InfluxDB answer; a larger one throws QueryTooLarge. */
  influxAnswerBytesMax: 64 * 1024 * 1024,
  /** Devices that one InfluxQL statement names; more are asked for by a further statement. */
  influxDevicesPerStatementMax: 100,
  /** Keys remembered of writes whose answer did not come; beyond them their repetition counts as duplicate. */
  influxUnconfirmedMax: 100_000,
  /** Readings of one write request; more go by a further request. */
  influxLinesPerWriteMax: 5_000,
  /** The same of roll-up rows, whose lines are longer: InfluxDB 3 takes 10 MB. */
  influxTierLinesPerWriteMax: 10_000,
  /** Rows that one slice of a recomputation reads; a span takes as many slices as that makes. */
  influxSliceRowsMax: 20_000,
  /** Slices of a rebuild after which others have their turn. */
  influxSlicesPerTurnMax: 16,
  /** Time that one look-up of late readings spans; readings further apart take a further one. */
  influxLookUpSpanMsMax: 3_600_000,
  /** Rows of one series in such a look-up; at the bound it is split in halves. */
  influxLookUpRowsMax: 5_000,
} as const;

/**
 * Instants that every engine can hold: InfluxDB counts nanoseconds in 64 bits, which ends on
 * 2262-04-11. Readings outside `[0, instantMax]` are refused.
 */
export const instantMax = 9_223_372_036_000;
