import { notificationLimits } from './limits.ts';
import type { Told } from './notice.ts';
import { type Outbox, toldKey } from './outbox.ts';

/** What each target was last told of each alarm; gone with the alarm. */
export class ToldBook {
  readonly #outbox: Outbox;
  /** By alarm, then by target. */
  readonly #byAlarm = new Map<string, Map<string, Told>>();
  #size = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
    for (const { key, value } of outbox.read('told')) {
      const space = key.indexOf(' ');
      this.#put(key.slice(0, space), key.slice(space + 1), value);
    }
  }

  get(target: string, alarm: string): Told | undefined {
    return this.#byAlarm.get(alarm)?.get(target);
  }

  set(target: string, alarm: string, told: Told): void {
    this.#put(target, alarm, told);
    this.#outbox.set('told', toldKey(target, alarm), told);
    for (const [oldest] of this.#byAlarm) {
      if (this.#size <= notificationLimits.toldMax || oldest === alarm) return;
      this.forget(oldest);
    }
  }

  delete(target: string, alarm: string): void {
    const targets = this.#byAlarm.get(alarm);
    if (!targets?.delete(target)) return;
    if (targets.size === 0) this.#byAlarm.delete(alarm);
    this.#size -= 1;
    this.#outbox.set('told', toldKey(target, alarm), undefined);
  }

  forget(alarm: string): void {
    for (const target of [...(this.#byAlarm.get(alarm)?.keys() ?? [])]) this.delete(target, alarm);
  }

  forgetTarget(target: string): void {
    for (const alarm of [...this.#byAlarm.keys()]) this.delete(target, alarm);
  }

  /** Alarms of which somebody was told, a copy. */
  alarms(): string[] {
    return [...this.#byAlarm.keys()];
  }

  #put(target: string, alarm: string, told: Told): void {
    const targets = this.#byAlarm.get(alarm) ?? new Map<string, Told>();
    if (!targets.has(target)) this.#size += 1;
    this.#byAlarm.set(alarm, targets.set(target, told));
  }
}
