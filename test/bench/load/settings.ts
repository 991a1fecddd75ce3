/** Of the whole table; every load is bounded by what stands here. */
export interface Settings {
  /** Rounds of each measurement. */
  rounds: number;
  /** Share of the full counts: below 1 for trying things out. */
  scale: number;
  sustainMinutes: number;
  print: (line: string) => void;
}

/** @throws Error that names what is not a number */
export function settingsFrom(
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Settings {
  const positive = (name: string, fallback: number): number => {
    const value = Number(env[name] || fallback);
    if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${env[name]}`);
    return value;
  };
  return {
    rounds: Math.ceil(positive('BENCH_ROUNDS', 5)),
    scale: positive('BENCH_SCALE', 1),
    sustainMinutes: positive('BENCH_SUSTAIN_MINUTES', 10),
    print,
  };
}
