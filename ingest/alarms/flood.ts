const windowMs = 10 * 60_000;
/** Alarms in ten minutes above which operators cannot read them, and below which they can again (EEMUA 191). */
const beginsAbove = 10;
const endsBelow = 5;

/** Whether more comes than can be read, told from the times of annunciations. */
export class Flood {
  /** Times of the last ten minutes, oldest first; of more than enough the oldest go. */
  #times: number[] = [];
  #isOn = false;

  get isOn(): boolean {
    return this.#isOn;
  }

  note(at: number): void {
    this.#times.push(at);
    // To end, fewer than five must be left: those are the newest.
    if (this.#times.length > beginsAbove + 1) this.#times.shift();
    this.pass(at);
  }

  /** Time goes by. */
  pass(now: number): void {
    const from = now - windowMs;
    while (this.#times[0] !== undefined && this.#times[0] <= from) this.#times.shift();
    if (this.#times.length > beginsAbove) this.#isOn = true;
    else if (this.#times.length < endsBelow) this.#isOn = false;
  }
}

/** Part of a span in flood, from the times of annunciations in order; those before the span count into it. */
export function floodShareOf(
  times: readonly number[],
  { from, to }: { from: number; to: number },
): number {
  let floodMs = 0;
  let beganAt: number | undefined;
  const flood = new Flood();
  const end = (at: number): void => {
    if (beganAt !== undefined) floodMs += Math.max(0, Math.min(at, to) - Math.max(beganAt, from));
    beganAt = undefined;
  };
  for (const [index, at] of times.entries()) {
    flood.note(at);
    if (flood.isOn) beganAt ??= at;
    // Without a further one it ends when the fifth newest is ten minutes old.
    const fifth = times[index - endsBelow + 1];
    const endsAt = fifth === undefined ? at : fifth + windowMs;
    if (beganAt !== undefined && endsAt <= (times[index + 1] ?? to)) {
      end(endsAt);
      flood.pass(endsAt);
    }
  }
  end(to);
  return to > from ? floodMs / (to - from) : 0;
}
