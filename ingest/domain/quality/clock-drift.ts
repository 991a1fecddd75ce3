import { qualityRuleSet } from './rule-set.ts';

const hourMs = 3_600_000;
/** Growth that counts: below it, the least delay of an hour still moves with the network. */
const growthMsMin = 1_000;

/**
 * Tells a clock that runs slow from data that was kept and sent later. What counts of a message is the delay of its
 * newest reading, and of an hour the smallest of these: a device that stores and forwards ends each batch with what it
 * just measured (about 0), a backlog that is sent message by message has shrinking delays, a gateway that always
 * waits has a constant one. Only when the smallest delay has grown from hour to hour at least `driftSteps` times in a
 * row, and by more than `driftMsMax` in all, the clock is suspected. A line whose backlog grows for hours looks the same.
 */
export class ClockDrift {
  #hour = -1;
  #least = Number.POSITIVE_INFINITY;
  /** Least delay of the hour before. */
  #before: number | undefined;
  /** Least delay where the growth began. */
  #base = 0;
  #steps = 0;
  #isDrifting = false;

  /** Whether a message that arrived now, its newest reading `delayMs` ago, comes from a clock that runs slow. */
  note(delayMs: number, receivedAt: number): boolean {
    const hour = Math.floor(receivedAt / hourMs);
    if (hour > this.#hour) this.#closeHour(hour);
    if (hour === this.#hour) this.#least = Math.min(this.#least, delayMs);
    return this.#isDrifting && delayMs - this.#base > qualityRuleSet.driftMsMax;
  }

  #closeHour(next: number): void {
    const least = this.#least;
    this.#hour = next;
    this.#least = Number.POSITIVE_INFINITY;
    if (!Number.isFinite(least)) return;
    const hasGrown = this.#before !== undefined && least >= this.#before + growthMsMin;
    this.#steps = hasGrown ? this.#steps + 1 : 0;
    if (!hasGrown) this.#base = least;
    this.#before = least;
    const { driftSteps, driftMsMax } = qualityRuleSet;
    this.#isDrifting = this.#steps >= driftSteps && least - this.#base > driftMsMax;
  }
}
