/** Bounds of the open data; what happens at the bound stands beside each. */
export const openDataLimits = {
  /** Months back that are published and looked at for corrections; older files stay as they are. */
  monthsMax: 60,
  /** Time after a month's end until it is published: devices may send what they have buffered until then. */
  settledMs: 48 * 3_600_000,
  /** Series of one run; further ones (by name) are left out, and the run says so. */
  seriesMax: 500_000,
  /** Versions of one file; a further correction is not published, and the run says so. */
  revisionsMax: 99,
} as const;
