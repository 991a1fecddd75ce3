/** Bounds of the HTTP API beside those of the contract; what happens at the bound stands beside each. */
export const apiLimits = {
  /** A larger JSON body is answered with 413 (pushes have the contract's `payloadBytesMax`). */
  jsonBodyBytesMax: 64 * 1024,
  /** Further parameters of a query string are not read. */
  queryParametersMax: 30,
  /** Longer search texts are answered with 400. */
  searchCharsMax: 100,
  /** Devices of one answer; more are paged with `offset`. */
  devicesPageMax: 10_000,
  /** Rejected messages of one answer; more are paged with `before`. */
  rejectionsPageMax: 500,
  /** Rejected messages in the diagnostics of a device; more are asked for at `/rejections`. */
  diagnosedRejectionsMax: 20,
  /** Rejected messages that an export reads at once; the export as a whole needs no more memory. */
  exportPageMax: 20,
  /** Devices or metrics named in one export; more are answered with 400: leave them out, or use `kind` and `provider`. */
  exportNamesMax: 5_000,
  /** Stations described in the sidecar of an export; how many more there are is said. */
  exportStationsMax: 5_000,
  /** Playbacks that are being read; a further one gets 503 with Retry-After. */
  playbacksMax: 2,
  /** Series of one playback; more are answered with 422: one kind of devices at a time. */
  playbackSeriesMax: 30_000,
  /** Exports of rejected messages under way; a further one gets 503 with Retry-After. */
  exportsMax: 8,
  /** An export that takes longer is cut off. */
  exportMsMax: 10 * 60_000,
  /** Messages of one bulk replay; more are left for the next request. */
  replaysMax: 500,
  /** Alarms of one answer; more are paged with `offset`. */
  alarmsPageMax: 5_000,
  /** Transitions of one answer, and those that are read at once; more are paged with `before`. */
  alarmHistoryPageMax: 500,
  /** Transitions that are looked through for one page of who may see few of them; the page is shorter then. */
  alarmHistoryLookMax: 20_000,
  /** Tests of alarm rules under way; a further one gets 503 with Retry-After. */
  ruleTestsMax: 1,
  /** A test over a longer span is answered with 400. */
  ruleTestSpanMsMax: 31 * 86_400_000,
  /** A test that runs longer is answered with 422; no other one begins before it has ended. */
  ruleTestMsMax: 60_000,
  /** A longer maintenance window is answered with 400. */
  maintenanceMsMax: 366 * 86_400_000,
  /** Test messages to notification targets under way; a further one gets 503 with Retry-After. */
  notificationTestsMax: 2,
  /** Commands of one answer; no more are kept of a device. */
  commandsPageMax: 100,
  /** Entries of the audit log in one answer; more are paged with `before`. */
  auditPageMax: 500,
  /** Answers about the audit log under way; a further one gets 503 with Retry-After. */
  auditReadsMax: 2,
  /** Refused attempts written to the audit log per minute; further ones are only counted, so that nobody can flood it. */
  auditRefusalsPerMinuteMax: 120,
  /** More `points` of a series are answered with 400. */
  pointsMax: 10_000,
  /** Queries that wait for the store; a further one gets 503 with Retry-After. */
  storeQueriesMax: 64,
  /** Devices of one list of indices, references first; the answer says how many there are. */
  indexDevicesMax: 1_000,
  /** Lists of indices that are being read; a further one gets 503 with Retry-After. */
  indexListsMax: 2,
  /** Lamps or containers of one answer, by their keys; the answer says how many are left out. */
  lampsMax: 10_000,
  containersMax: 10_000,
  /** Answers about lamps, or about containers, under way; a further one gets 503 with Retry-After. */
  domainListsMax: 16,
  /** Time that an answer about lamps or containers waits for their history; what is not read by then is told as such. */
  historyWaitMsMax: 250,
  /** Time between two reads of history that nobody has asked for yet. */
  historyPauseMs: 25,
  /** History is read ahead when the server has listened for so long: who opens a screen at once comes first. */
  historyAheadAfterMs: 2_000,
  /** Lamps whose hours of a night are one read: at most 10,000 rows. */
  lampsAtOnce: 250,
  /** Nights that are remembered; at the bound the one that was asked for longest ago is forgotten. */
  lampNightsMax: 32,
  /** Containers whose hours of a month are one read: 11,000 rows. */
  containersAtOnce: 15,
  /** Values of one series that the history of a container is made of; of more, its hours are. */
  containerRowsMax: 20_000,
  /** Events of one container in one answer: the newest. */
  containerEventsMax: 500,
  /** Histories of containers that are being read; a further one gets 503 with Retry-After. */
  containerReadsMax: 4,
  /** Statistics, comparisons or reports that are being read, of each; a further one gets 503 with Retry-After. */
  yearReadsMax: 4,
  /** A comparison over a longer span is answered with 400. */
  comparisonMsMax: 3 * 366 * 86_400_000,
  /** Reports of one answer; more are paged with `offset`. */
  reportsPageMax: 1_000,
  /** Pushes that wait for the journal; a further one gets 503 with Retry-After. */
  pushesMax: 256,
  /** A push that is not on disk by then gets 503; stock firmware waits for 20 s. */
  pushSettleMsMax: 15_000,
  /** A longer-lasting health probe counts as failed. */
  healthMsMax: 5_000,
  /** Sessions of browsers; at the bound the one that was unused for longest ends. */
  sessionsMax: 10_000,
  /** A session that is not used for this long ends; an open stream is a use. */
  sessionMs: 12 * 3_600_000,
  /** Attempts to sign in per address and minute; further ones get 429 with Retry-After. */
  signInsPerMinuteMax: 10,
  /** Addresses whose attempts are counted; at the bound the longest-known is forgotten. */
  signInAddressesMax: 10_000,
  /** Imports under way; a further one gets 503 with Retry-After. */
  importsMax: 2,
  /** Time to receive a whole file; the connection is closed then. What was taken stays. */
  importMsMax: 60 * 60_000,
  /** A job that runs longer is answered with 202 and how far it is. */
  jobAnswerMsMax: 2_000,
  /** TCP connections in all; the listener drops further ones. */
  connectionsMax: 8_000,
  /** Time to receive a whole request (not an import); the connection is closed then. */
  requestMsMax: 30_000,
  /** Time for requests under way at a stop; then their connections are cut. */
  stopMsMax: 5_000,
  /** Messages of one tick whose way to the screen is measured; of more the first ones stand for all. */
  liveArrivalsMax: 200,
  /** Series of the live state; further ones are left out of it, counted, and remain in the store. */
  liveSlotsMax: 500_000,
  /** Deleted devices that a resuming stream can still hear of; older resumes get a snapshot. */
  liveTombstonesMax: 10_000,
  /** Live streams per address; a further one gets 503. A proxy counts as one address. */
  liveClientsPerAddressMax: 500,
  /** Alarms of one live frame; when more have changed it says `reload` instead. */
  liveAlarmsMax: 1_000,
  /** Bytes that may wait in a stream's socket before frames are skipped and merged. */
  liveBufferedBytesMax: 64 * 1024,
  /** A frame goes out in slices of this size, so that a large one does not wait in the socket as a whole. */
  liveSliceBytes: 32 * 1024,
  /** A stream that does not drain for this time is cut off. */
  liveStallMs: 20_000,
} as const;
