import {
  NotificationFailed,
  type NotificationTarget,
} from '../../broker/contract/notifications.ts';
import { notificationLimits } from './limits.ts';
import type { Notice } from './notice.ts';
import { type Outbox, type Tally, type Waiting, waitingKey } from './outbox.ts';

export type Outcome = 'sent' | 'failed' | 'dropped' | 'retried';

export interface LaneDeps {
  outbox: Outbox;
  /** @throws NotificationFailed */
  send(target: NotificationTarget, notices: readonly Notice[]): Promise<string | undefined>;
  clock: () => number;
  count(target: NotificationTarget, outcome: Outcome, messages: number): void;
}

/**
 * The messages of one target: in their order, one attempt at a time. One that fails holds the others back, since an
 * "over" must not arrive before its "raised"; other targets have lanes of their own.
 */
export class Lane {
  target: NotificationTarget;
  readonly tally: Tally;
  readonly #deps: LaneDeps;
  readonly #waiting: Waiting[];
  #underWay: readonly Waiting[] = [];
  #attempt: Promise<void> | undefined;
  #pausedUntil = 0;
  #isClosed = false;

  constructor(
    kept: { target: NotificationTarget; tally: Tally; waiting: Waiting[] },
    deps: LaneDeps,
  ) {
    this.target = kept.target;
    this.tally = kept.tally;
    this.#waiting = kept.waiting;
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  has(alarm: string): boolean {
    return this.#waiting.some(({ notice }) => notice.alarm.id === alarm);
  }

  /** Puts a message into the row; one of the same alarm that has not gone out is replaced by it. */
  add(entry: Waiting): void {
    const { id } = entry.notice.alarm;
    const older = this.#waiting.find(
      (one) => one.notice.alarm.id === id && !this.#underWay.includes(one),
    );
    if (older) {
      older.notice = entry.notice;
      older.readyAt = Math.min(older.readyAt, entry.readyAt);
      this.#keep(older);
      return;
    }
    if (this.#waiting.length >= notificationLimits.waitingMax) {
      const oldest = this.#waiting.find((one) => !this.#underWay.includes(one));
      if (oldest)
        this.#giveUp([oldest], 'dropped', 'too many messages wait: the oldest was dropped');
    }
    this.#waiting.push(entry);
    this.#keep(entry);
  }

  /** Takes back what has not gone out of an alarm. Whether there was something. */
  withdraw(alarm: string): boolean {
    const found = this.#waiting.filter(
      (one) => one.notice.alarm.id === alarm && !this.#underWay.includes(one),
    );
    this.#remove(found);
    return found.length > 0;
  }

  /** A target that was changed gets its next attempt at once. */
  change(target: NotificationTarget): void {
    this.target = target;
    this.#pausedUntil = 0;
  }

  /** Begins an attempt when one is due. */
  step(): void {
    const now = this.#deps.clock();
    const old = this.#waiting.filter(
      (one) => one.createdAt <= now - notificationLimits.ageMsMax && !this.#underWay.includes(one),
    );
    if (old.length > 0) this.#giveUp(old, 'failed', 'waited for too long');
    if (this.#attempt || !this.target.enabled || now < this.#pausedUntil) return;
    const due = this.#due(now);
    if (due.length === 0) return;
    this.#underWay = due;
    this.#attempt = this.#try(due).finally(() => {
      this.#underWay = [];
      this.#attempt = undefined;
    });
  }

  /** What comes of an attempt under way is not written down any more: after a start it is made again. */
  close(): void {
    this.#isClosed = true;
  }

  /** Removes all that waits. */
  clear(): void {
    this.#remove([...this.#waiting]);
    this.close();
  }

  #due(now: number): Waiting[] {
    const ready = this.#waiting.filter(({ readyAt }) => readyAt <= now);
    if (this.target.kind === 'webhook') return ready.slice(0, 1);
    const first = Math.min(...ready.map(({ readyAt }) => readyAt));
    if (first + notificationLimits.mailGatherMs > now) return [];
    return ready.slice(0, notificationLimits.mailAlarmsMax);
  }

  async #try(due: readonly Waiting[]): Promise<void> {
    const { send, clock, count } = this.#deps;
    const { target } = this;
    try {
      const remark = await send(
        target,
        due.map(({ notice }) => notice),
      );
      if (this.#isClosed) return;
      this.#remove(due);
      this.tally.sent += due.length;
      this.tally.lastSentAt = clock();
      this.#note(remark);
      count(target, 'sent', due.length);
    } catch (error) {
      if (this.#isClosed) return;
      this.#failed(due, error instanceof NotificationFailed ? error.message : 'failed');
    }
  }

  #failed(due: readonly Waiting[], reason: string): void {
    const { attemptsMax, retryMs } = notificationLimits;
    for (const entry of due) {
      entry.attempts += 1;
      this.#keep(entry);
    }
    const last = due.filter(({ attempts }) => attempts >= attemptsMax);
    this.#deps.count(this.target, 'retried', due.length - last.length);
    if (last.length > 0) this.#giveUp(last, 'failed', reason);
    else this.#note(reason);
    // Of those that are tried again the first says how often it was.
    const attempts = Math.max(...due.map((entry) => entry.attempts));
    const waitMs = retryMs[Math.min(attempts, retryMs.length) - 1] ?? 0;
    this.#pausedUntil = last.length === due.length ? 0 : this.#deps.clock() + waitMs;
  }

  #giveUp(entries: readonly Waiting[], outcome: 'failed' | 'dropped', reason: string): void {
    this.#remove(entries);
    this.tally.failed += entries.length;
    this.#note(reason);
    this.#deps.count(this.target, outcome, entries.length);
  }

  #note(lastError: string | undefined): void {
    if (lastError === undefined) delete this.tally.lastError;
    else this.tally.lastError = lastError.slice(0, 300);
    this.#deps.outbox.set('tally', this.target.id, { ...this.tally });
  }

  #keep(entry: Waiting): void {
    this.#deps.outbox.set('waiting', waitingKey(entry), { ...entry });
  }

  #remove(entries: readonly Waiting[]): void {
    for (const entry of entries) {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      this.#deps.outbox.set('waiting', waitingKey(entry), undefined);
    }
  }
}
