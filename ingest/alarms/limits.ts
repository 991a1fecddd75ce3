/** Bounds of the alarm engine; what happens at the bound stands beside it. */
export const alarmLimits = {
  /** A further rule of one's own is refused with RulesFull. */
  rulesMax: 500,
  /** Open alarms; at the bound new low ones are counted and not opened, and one alarm says so. */
  openMax: 20_000,
  /** The same for all other priorities. */
  openHardMax: 25_000,
  /** Devices that an alarm of a group lists; `childCount` has them all. */
  childrenListedMax: 1_000,
  /** Alarms that wait for others of their group; a further one is opened at once. */
  waitingMax: 20_000,
  /** Windows of maintenance that are not over; a further one is refused with MaintenanceFull. */
  maintenanceMax: 500,
  /** Closed alarms that live streams are told of; who asks for older ones reads the list anew. */
  tombstonesMax: 5_000,
  /** Transitions that are kept; the oldest go first. */
  transitionsMax: 200_000,
  transitionsAgeMsMax: 400 * 86_400_000,
  /** Transitions that wait for a disk that takes none; the oldest of them are lost, and counted. */
  transitionsUnwrittenMax: 50_000,
  /** Oldest transitions that one write removes: there may be many after a long time without a process. */
  transitionsForgottenAtOnce: 1_000,
  /** Transitions that one question to the history looks at; the answer has what was found until then. */
  historyScanMax: 50_000,
  /**
   * Readings that wait to be judged, two thirds of a second at 150,000 a second: as long as the event loop may be held
   * up without loss. Further ones replace the one that waits of the same series.
   */
  inboxMax: 100_000,
  /** Series of which then one reading waits; of a further series none is judged, and it is counted. */
  inboxSeriesMax: 200_000,
  /** Time that readings are judged before others have their turn. */
  judgeMsAtOnce: 4,
  /** Where others took longer, judging has this share of what they took, up to the bound. What waits then, waits on. */
  judgeShare: 0.125,
  judgeMsAtOnceMax: 40,
  /** Memories of conditions that one write takes along; the others wait for the next. */
  memoriesPerWriteMax: 2_000,
  /** Annunciations of the last day that figures are made of; the oldest go first, and are missing there. */
  annunciationsMax: 50_000,
  /** Series that one read of closed hours asks for. */
  hourSeriesPerRead: 400,
  /** Devices that a rule is tried on; more are skipped, and counted. */
  testDevicesMax: 200,
  /** Rows of one series in such a test; a series with more is skipped. */
  testRowsMax: 200_000,
  /** Alarms of such a test that are listed. */
  testAlarmsMax: 500,
  /** Tests at the same time; a further one is answered with StoreUnavailable. */
  testsAtOnceMax: 2,
} as const;
