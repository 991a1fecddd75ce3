import type { NameTable } from './name-table.ts';

/** Ten to the power of the place, each exact. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Integers of so many digits are exact. */
const exactDigitsMax = 15;

const quote = 0x22;
const minus = 0x2d;
const zero = 0x30;

/**
 * Reads JSON of the plainest form where it lies, token by token, without making text or objects. What is not of that
 * form is answered with no token, be it valid or not: `JSON.parse` is asked then. A token that is given is what
 * `JSON.parse` would give. It may read on behind the end of a message; whoever uses it compares {@link place} with it.
 */
export class PlainJson {
  bytes: Uint8Array = new Uint8Array(0);
  place = 0;
  #date = -1;
  #dateAt = 0;

  /** The next byte that is no space; it is not taken. */
  peek(): number {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.place] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.place += 1;
    }
  }

  /** Takes this byte, with spaces before it, if it is the next. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.place += 1;
    return true;
  }

  /** Takes a key of the table; -1 when there is another, or none. */
  key(table: NameTable): number {
    if (!this.take(quote)) return -1;
    const { bytes } = this;
    const from = this.place;
    let hash = 0;
    let end = from;
    for (let byte = bytes[end]; byte !== quote; byte = bytes[++end]) {
      if (byte === undefined) return -1;
      hash = table.hashed(hash, byte);
    }
    this.place = end + 1;
    return table.find(bytes, from, end, hash);
  }

  /** Takes `null`. */
  isNull(): boolean {
    const { bytes } = this;
    if (this.peek() !== 0x6e) return false;
    const { place } = this;
    if (bytes[place + 1] !== 0x75 || bytes[place + 2] !== 0x6c || bytes[place + 3] !== 0x6c)
      return false;
    this.place += 4;
    return true;
  }

  /**
   * Takes a number with at most 15 significant digits and a power of ten within 22, for which one multiplication or
   * division of two exact numbers is right to the last bit; NaN for any other.
   */
  number(): number {
    const { bytes } = this;
    const isNegative = this.peek() === minus;
    let place = isNegative ? this.place + 1 : this.place;
    let mantissa = 0;
    let digits = 0;
    let power = 0;
    const first = place;
    for (let digit = digitOf(bytes[place]); digit >= 0; digit = digitOf(bytes[++place])) {
      mantissa = mantissa * 10 + digit;
      if (mantissa > 0) digits += 1;
    }
    // No digits, or a zero before others.
    if (place === first || (bytes[first] === zero && place > first + 1)) return Number.NaN;
    if (bytes[place] === 0x2e) {
      const point = place++;
      for (let digit = digitOf(bytes[place]); digit >= 0; digit = digitOf(bytes[++place])) {
        mantissa = mantissa * 10 + digit;
        if (mantissa > 0) digits += 1;
      }
      power = point + 1 - place;
      if (power === 0) return Number.NaN;
    }
    const byte = bytes[place];
    // An exponent is rare: the general way reads it as well.
    if (byte === 0x65 || byte === 0x45 || digits > exactDigitsMax || power < -22) return Number.NaN;
    this.place = place;
    const size = power === 0 ? mantissa : mantissa / (powersOfTen[-power] ?? Number.NaN);
    return isNegative ? -size : size;
  }

  /** Takes an instant of the form `"2026-11-22T10:00:00Z"`, with milliseconds or without; NaN for any other text. */
  instant(): number {
    if (!this.take(quote)) return Number.NaN;
    const { bytes, place } = this;
    const hasForm =
      bytes[place + 4] === minus &&
      bytes[place + 7] === minus &&
      bytes[place + 10] === 0x54 &&
      bytes[place + 13] === 0x3a &&
      bytes[place + 16] === 0x3a;
    const hour = this.#digits(11, 2);
    const minute = this.#digits(14, 2);
    const second = this.#digits(17, 2);
    const hasFraction = bytes[place + 19] === 0x2e;
    const end = place + (hasFraction ? 23 : 19);
    // Stated positively: NaN is in no range.
    const isTime = hour <= 23 && minute <= 59 && second <= 59;
    if (!hasForm || !isTime || bytes[end] !== 0x5a || bytes[end + 1] !== quote) return Number.NaN;
    this.place = end + 2;
    const ms = hasFraction ? this.#digits(20, 3, place) : 0;
    return this.#dateAtOf(place) + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
  }

  /** The beginning of the day whose date stands at `place`. Mostly it is the day of the time before. */
  #dateAtOf(place: number): number {
    const year = this.#digits(0, 4, place);
    const month = this.#digits(5, 2, place);
    const day = this.#digits(8, 2, place);
    const date = year * 10_000 + month * 100 + day;
    if (date === this.#date) return this.#dateAt;
    if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
    const at = Date.UTC(year, month - 1, day);
    // A day that its month does not have becomes one of the next.
    if (new Date(at).getUTCDate() !== day) return Number.NaN;
    this.#date = date;
    this.#dateAt = at;
    return at;
  }

  /** The number in so many digits; NaN when there are others. */
  #digits(from: number, count: number, place: number = this.place): number {
    let number = 0;
    for (let index = place + from; index < place + from + count; index++) {
      const digit = digitOf(this.bytes[index]);
      if (digit < 0) return Number.NaN;
      number = number * 10 + digit;
    }
    return number;
  }
}

function digitOf(byte: number | undefined): number {
  const digit = (byte ?? 0) - zero;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
