/** Bounds of notifications; what happens at the bound stands beside each. */
export const notificationLimits = {
  /** A further target is refused. */
  targetsMax: 50,
  /** Messages that wait for one target; the oldest is given up for a further one, and counted. */
  waitingMax: 500,
  /** Attempts for one message; then it is given up, and counted. */
  attemptsMax: 12,
  /** A message that has waited for so long is given up: it is no news any more. */
  ageMsMax: 24 * 3_600_000,
  /** Wait after the n-th failed attempt; the last one holds for all further ones. */
  retryMs: [10_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 2 * 3_600_000],
  /** One attempt may take so long; then it has failed. */
  attemptMsMax: 10_000,
  /** Of one alarm a target hears at most once in this time (escalations apart): what happens between is one message. */
  sameAlarmMs: 10 * 60_000,
  /** A high or critical alarm that nobody has acknowledged is told again. */
  reminderMs: 4 * 3_600_000,
  /** An e-mail waits so long for others to go with it. */
  mailGatherMs: 60_000,
  /** Alarms of one e-mail; the others go with the next one. */
  mailAlarmsMax: 50,
  /** Devices named in the alarm of a group; how many there are is said. */
  childrenMax: 100,
  /** Alarms of which it is remembered what a target was told; the longest-known are forgotten. */
  toldMax: 10_000,
  /** Transitions that are caught up with after a start; older ones are no news any more. */
  catchUpMax: 5_000,
} as const;
