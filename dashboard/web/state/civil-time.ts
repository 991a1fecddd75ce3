/**
 * Wall-clock time of a zone, as `<input type="datetime-local">` has it: `2026-11-22T10:00`.
 */
export function toCivil(at: number, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month, day, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map((name) =>
    parts.get(name as Intl.DateTimeFormatPartTypes),
  );
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/**
 * The instant of a wall-clock time, epoch ms UTC; undefined for what is no time. An hour that a change of clocks
 * repeats means its first pass; one that it leaves out means the time as far after the change.
 */
export function fromCivil(text: string, timeZone: string): number | undefined {
  if (!civilPattern.test(text)) return undefined;
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsets = [asUtc - dayMs, asUtc + dayMs].map((at) => offsetMs(at, timeZone));
  const candidates = offsets.map((offset) => asUtc - offset).sort((a, b) => a - b);
  return candidates.find((at) => toCivil(at, timeZone) === text) ?? asUtc - (offsets[0] ?? 0);
}

const civilPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const dayMs = 86_400_000;

function offsetMs(at: number, timeZone: string): number {
  return Date.parse(`${toCivil(at, timeZone)}Z`) - Math.floor(at / 60_000) * 60_000;
}

const made = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = made.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  made.set(timeZone, format);
  return format;
}
