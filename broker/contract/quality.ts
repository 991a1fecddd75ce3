/**
 * Quality of a sample: QARTOD primary flags (IOC Manuals and Guides 54, volume 3) and a bit mask of the tests
 * that it did not pass. A value is never changed; its quality stands beside it. Free of schemas.
 */
export const qualityFlags = { good: 1, notEvaluated: 2, suspect: 3, bad: 4, missing: 9 } as const;
export type QualityFlag = (typeof qualityFlags)[keyof typeof qualityFlags];

/**
 * Tests by name, the flag that a sample gets which does not pass, and when it is decided: `arrival` from the
 * sample and those before it, `hour` after its hour has closed. The place in the list is the bit in the mask:
 * names are only ever added at the end.
 */
export const qualityTests = [
  { name: 'range', flag: 4, when: 'arrival' },
  { name: 'unusual', flag: 3, when: 'arrival' },
  { name: 'step', flag: 3, when: 'arrival' },
  { name: 'step-fail', flag: 4, when: 'arrival' },
  { name: 'cross-channel', flag: 3, when: 'arrival' },
  { name: 'humidity', flag: 3, when: 'arrival' },
  { name: 'clock', flag: 3, when: 'arrival' },
  { name: 'spike', flag: 3, when: 'hour' },
  { name: 'spike-fail', flag: 4, when: 'hour' },
  { name: 'flat-line', flag: 3, when: 'hour' },
  { name: 'flat-line-fail', flag: 4, when: 'hour' },
  { name: 'outlier', flag: 3, when: 'hour' },
  { name: 'noise', flag: 3, when: 'hour' },
  { name: 'neighbours', flag: 3, when: 'hour' },
  { name: 'dual-sensor', flag: 4, when: 'hour' },
] as const satisfies readonly { name: string; flag: QualityFlag; when: 'arrival' | 'hour' }[];

export type QualityTest = (typeof qualityTests)[number]['name'];

/** Bit of each test in a reason mask. */
export const reasonBits = Object.fromEntries(
  qualityTests.map(({ name }, index) => [name, 1 << index]),
) as Readonly<Record<QualityTest, number>>;

const maskOf = (chosen: (test: (typeof qualityTests)[number]) => boolean): number =>
  qualityTests.reduce((mask, test) => (chosen(test) ? mask | reasonBits[test.name] : mask), 0);

const badReasons = maskOf(({ flag }) => flag === qualityFlags.bad);
/** Reasons that are decided on closed hours, and so may come and go after arrival. */
export const hourReasons = maskOf(({ when }) => when === 'hour');

/** The worst that a mask says (4 > 3 > 1 > 2); `evaluated`: whether any test could judge the sample at all. */
export function flagOf(reasons: number, evaluated: boolean): QualityFlag {
  if ((reasons & badReasons) !== 0) return qualityFlags.bad;
  if (reasons !== 0) return qualityFlags.suspect;
  return evaluated ? qualityFlags.good : qualityFlags.notEvaluated;
}

/** The names in a mask, in the order of {@link qualityTests}. */
export function reasonNames(reasons: number): QualityTest[] {
  return qualityTests
    .filter(({ name }) => (reasons & reasonBits[name]) !== 0)
    .map(({ name }) => name);
}
