/** How urgent a device's newest values are: 0 normal, 1 elevated, 2 needs work, 3 act now. */
export type Severity = 0 | 1 | 2 | 3;
