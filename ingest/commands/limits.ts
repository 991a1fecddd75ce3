/** Bounds of commands; what happens at the bound stands beside each. */
export const commandLimits = {
  /** Commands of one device that have not ended; a further one is refused (`commands-full`). */
  openPerDeviceMax: 20,
  /** The same over all devices. */
  openMax: 10_000,
  /** Commands that are kept of one device, ended ones included; the oldest ended one goes. */
  keptPerDeviceMax: 100,
  /** The same over all devices. */
  keptMax: 50_000,
  /** A command that has not ended is published again at a sign of life, but not more often than this. */
  againMs: 3_000,
  /** A subscription to the command topic is more than a sign of life: the device hears now. Still bounded. */
  subscribedAgainMs: 250,
  /** How long the answer of a device may take after `expiresAt`, in which it may still have begun. */
  answerMs: 3_000,
  /** How often expiry and what is due again are looked at. */
  tickMs: 500,
  /** Commands published again in one tick; the others wait for the next. */
  againPerTickMax: 200,
} as const;
