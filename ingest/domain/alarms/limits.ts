/** Bounds of the rules of alarms; what happens at the bound stands beside it. */
export const alarmRuleLimits = {
  /** Earlier samples that a condition of one series remembers; at the bound every second one is forgotten. */
  pointsMax: 256,
} as const;
