/** Bounds of what crews report; at each the oldest goes. */
export const collectionLimits = {
  keptPerDeviceMax: 50,
  keptMax: 50_000,
} as const;
