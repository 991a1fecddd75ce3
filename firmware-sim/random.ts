/**
 * Repeatable randomness. Two forms: hashes, for values that are pure functions of (seed, number), and
 * a generator, for drawing a city. Nothing here is fit for secrets.
 */

/** A 32-bit seed out of any text (FNV-1a, then mixed so that near texts give far seeds). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash, text.length);
}

/** Hashes two integers to an unsigned 32-bit integer; larger numbers count modulo 2^32. */
export function mix(seed: number, n: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n | 0, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Uniform in [0, 1), the same for the same arguments. */
export function unit(seed: number, n: number): number {
  return mix(seed, n) / 0x1_0000_0000;
}

/** Uniform in [low, high), the same for the same seed. */
export function between(seed: number, low: number, high: number): number {
  return low + unit(seed, 0) * (high - low);
}

/** About normal: mean 0, deviation 1, never beyond ±3.5 (sum of four uniforms). */
export function gauss(seed: number, n: number): number {
  const sum = unit(seed, n) + unit(seed ^ 0x51, n) + unit(seed ^ 0xa3, n) + unit(seed ^ 0xf7, n);
  return (sum - 2) * Math.sqrt(3);
}

/** Smooth noise in [-1, 1] along x, with features one unit long: what weather and drift are made of. */
export function smoothNoise(seed: number, x: number): number {
  const cell = Math.floor(x);
  const f = x - cell;
  const eased = f * f * (3 - 2 * f);
  const left = unit(seed, cell);
  return 2 * (left + eased * (unit(seed, cell + 1) - left)) - 1;
}

/** A generator: mulberry32, 32 bits of state, good enough to draw a map. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** Whole number in [0, count). */
  index(count: number): number;
  /** The items in a drawn order; the input stays. */
  shuffled<T>(items: readonly T[]): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    index: (count) => Math.floor(next() * count),
    shuffled: (items) =>
      items
        .map((item) => ({ item, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}

/**
 * Whether the thing of a number is among the share that something happens to: always that part of any run of
 * numbers (so at least one of 50 by 2 %), another choice for each salt.
 */
export function isHit(share: number, number: number, salt: number): boolean {
  const phase = unit(salt, 1);
  return Math.floor((number + 1) * share + phase) > Math.floor(number * share + phase);
}
