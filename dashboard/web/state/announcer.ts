import type { Alarm } from '../../../broker/contract/alarms.ts';
import { worstFirst } from './alarm-book.ts';

/**
 * Gathers what came, so that it is said at most once in {@link pauseMs}: a screen reader is told of a flood in one
 * sentence, not in a hundred.
 */
export class Announcer {
  readonly #say: (alarms: readonly Alarm[]) => void;
  readonly #waiting = new Map<string, Alarm>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `say` gets those that came since it last spoke, worst first. */
  constructor(say: (alarms: readonly Alarm[]) => void) {
    this.#say = say;
  }

  add(alarms: readonly Alarm[]): void {
    for (const alarm of alarms) this.#waiting.set(alarm.id, alarm);
    if (this.#timer === undefined) this.#speak();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const alarms = [...this.#waiting.values()].sort(worstFirst);
    this.#waiting.clear();
    this.#timer = setTimeout(() => this.#speak(), pauseMs);
    this.#say(alarms);
  }
}

export const pauseMs = 5_000;
