/** What makers and other platforms call our metrics, where spelling alone does not lead there. */
const otherNames: Readonly<Record<string, string>> = {
  p0: 'pm1',
  p1: 'pm10',
  p2: 'pm2_5',
  sdsp1: 'pm10',
  sdsp2: 'pm2_5',
  rh: 'relative_humidity',
  hum: 'relative_humidity',
  laeq: 'noise',
  sound: 'noise',
  light: 'illuminance',
  lux: 'illuminance',
  fill: 'fill_level',
  level: 'fill_level',
  dim: 'dim_level',
  lamp: 'lamp_on',
  fault: 'lamp_fault',
  battery: 'battery_level',
  batt: 'battery_level',
  bat: 'battery_level',
  vbat: 'battery_voltage',
  signal: 'rssi',
};

/**
 * The known name that was probably meant by an unknown one; undefined when nothing is near, or several are equally
 * near. Case, dots, dashes and underscores do not count.
 */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const plain = plainly(word);
  if (plain === '' || plain.length > wordCharsMax) return undefined;
  const exact = known.find((name) => plainly(name) === plain);
  if (exact !== undefined) return exact;
  const other = Object.hasOwn(otherNames, plain) ? otherNames[plain] : undefined;
  if (other !== undefined && known.includes(other)) return other;
  return nearest(plain, known) ?? containing(plain, known);
}

const wordCharsMax = 40;

function plainly(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function nearest(plain: string, known: readonly string[]): string | undefined {
  const slack = Math.min(3, Math.floor(plain.length / 3));
  const ranked = known
    .map((name) => ({ name, distance: editDistance(plain, plainly(name)) }))
    .filter(({ distance }) => distance <= slack)
    .sort((a, b) => a.distance - b.distance);
  const [first, second] = ranked;
  return first && first.distance !== second?.distance ? first.name : undefined;
}

/** `temp`, `humidity`: a part of exactly one name, or of several of which one is the shortest. */
function containing(plain: string, known: readonly string[]): string | undefined {
  if (plain.length < 3) return undefined;
  const [first, second] = known
    .filter((name) => plainly(name).includes(plain) || plain.includes(plainly(name)))
    .filter((name) => plainly(name).length >= 3)
    .sort((a, b) => Math.abs(a.length - plain.length) - Math.abs(b.length - plain.length));
  if (first === undefined || second === undefined) return first;
  return Math.abs(first.length - plain.length) < Math.abs(second.length - plain.length)
    ? first
    : undefined;
}

/** Least number of characters to add, drop, change or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = next;
  }
  return last[b.length] ?? 0;
}
