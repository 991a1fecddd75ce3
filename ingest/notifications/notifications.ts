import type { Logger } from 'pino';
import { Counter, type Registry as MetricsRegistry } from 'prom-client';
import type { Alarm, Alarms, AlarmTransition } from '../../broker/contract/alarms.ts';
import {
  NoSuchTarget,
  NotificationFailed,
  type Notifications,
  type NotificationTarget,
  NotificationTargetInvalid,
  NotificationTargetsFull,
  type NotificationView,
} from '../../broker/contract/notifications.ts';
import { Lane, type LaneDeps, type Outcome } from './lane.ts';
import { notificationLimits } from './limits.ts';
import { createMailer, type MailConfig } from './mail.ts';
import { eventOf, type Notice, type NoticeEvent, type Told, wants } from './notice.ts';
import { Outbox, type Tally, type Waiting } from './outbox.ts';
import { ToldBook } from './told-book.ts';
import { postWebhook } from './webhook.ts';

export interface NotificationsConfig {
  /** A folder, made when missing. */
  path: string;
  /** Where the outside reaches the installation; without it messages have no link. */
  publicUrl?: string | undefined;
  /** Missing: there is no mail server. */
  mail?: MailConfig | undefined;
  /** Other than the usual times; tests are in a hurry. */
  tickMs?: number;
  attemptMsMax?: number;
}

export interface NotificationsDeps {
  alarms: Pick<Alarms, 'onTransition' | 'history' | 'get' | 'rules' | 'flood'>;
  metrics: MetricsRegistry;
  clock: () => number;
  log: Logger;
}

const remindEveryMs = 60_000;

/** Tells alarms outside the page. See {@link Notifications}; `stop` leaves what waits for the next start. */
export function createNotifications(
  config: NotificationsConfig,
  deps: NotificationsDeps,
): Notifications & { stop(): Promise<void> } {
  return new NotificationDesk(config, deps);
}

class NotificationDesk implements Notifications {
  readonly canMail: boolean;
  readonly #deps: NotificationsDeps;
  readonly #outbox: Outbox;
  readonly #told: ToldBook;
  readonly #lanes = new Map<string, Lane>();
  readonly #laneDeps: LaneDeps;
  readonly #stopping = new AbortController();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #seq = 0;
  #cursor: number | undefined;
  #remindAt = 0;
  #isWritable = true;

  constructor(config: NotificationsConfig, deps: NotificationsDeps) {
    this.#deps = deps;
    this.canMail = config.mail !== undefined;
    this.#outbox = new Outbox(config.path);
    this.#told = new ToldBook(this.#outbox);
    this.#laneDeps = this.#makeLaneDeps(config);
    this.#load();
    this.#stopListening = deps.alarms.onTransition((alarm, transition) =>
      this.#take(alarm, transition),
    );
    this.#catchUp();
    this.#timer = setInterval(() => this.#tick(), config.tickMs ?? 1_000);
  }

  list(): NotificationView[] {
    return [...this.#lanes.values()].map(({ target, tally, waiting }) => {
      const { secret, ...shown } = { secret: undefined, ...target };
      return {
        target: shown as NotificationView['target'],
        hasSecret: secret !== undefined,
        state: { waiting, ...tally },
      };
    });
  }

  async put(given: NotificationTarget): Promise<void> {
    const known = this.#lanes.get(given.id);
    if (!known && this.#lanes.size >= notificationLimits.targetsMax) {
      throw new NotificationTargetsFull(`no more than ${notificationLimits.targetsMax} targets`);
    }
    const target = this.#checked(withSecretOf(given, known?.target));
    this.#outbox.set('target', target.id, target);
    await this.#outbox.flush();
    const lane = this.#lanes.get(target.id);
    if (lane) lane.change(target);
    else this.#addLane(target, { sent: 0, failed: 0 }, []);
  }

  async delete(id: string): Promise<boolean> {
    const lane = this.#lanes.get(id);
    if (!lane) return false;
    lane.clear();
    this.#lanes.delete(id);
    this.#told.forgetTarget(id);
    this.#outbox.set('tally', id, undefined);
    this.#outbox.set('target', id, undefined);
    await this.#outbox.flush();
    return true;
  }

  async test(id: string): Promise<void> {
    const lane = this.#lanes.get(id);
    if (!lane) throw new NoSuchTarget(`there is no target ${id}`);
    const now = this.#deps.clock();
    const remark = await this.#laneDeps.send(lane.target, [testNotice(now)]);
    if (remark !== undefined) throw new NotificationFailed(remark);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopListening();
    for (const lane of this.#lanes.values()) lane.close();
    this.#stopping.abort();
    await this.#outbox.close();
  }

  #makeLaneDeps({ mail, publicUrl, attemptMsMax }: NotificationsConfig): LaneDeps {
    const { clock, metrics } = this.#deps;
    const linkOf = (alarm: string): string | undefined =>
      publicUrl === undefined
        ? undefined
        : `${publicUrl}/alarms?alarm=${encodeURIComponent(alarm)}`;
    const sendMail = mail && createMailer(mail, linkOf);
    const counter = createCounter(metrics);
    return {
      outbox: this.#outbox,
      clock,
      count: ({ kind }, outcome, messages) => counter.inc({ kind, outcome }, messages),
      send: async (target, notices) => {
        if (target.kind === 'email') {
          if (!sendMail) throw new NotificationFailed('there is no mail server (SMTP_URL)');
          return sendMail(target, notices);
        }
        const patience = AbortSignal.timeout(attemptMsMax ?? notificationLimits.attemptMsMax);
        const signal = AbortSignal.any([this.#stopping.signal, patience]);
        for (const notice of notices) await postWebhook(target, notice, { clock, linkOf, signal });
        return undefined;
      },
    };
  }

  #load(): void {
    const tallies = new Map([...this.#outbox.read('tally')].map(({ key, value }) => [key, value]));
    const waiting = new Map<string, Waiting[]>();
    for (const { value } of this.#outbox.read('waiting')) {
      this.#seq = Math.max(this.#seq, value.seq);
      waiting.set(value.target, [...(waiting.get(value.target) ?? []), value]);
    }
    for (const { key, value } of this.#outbox.read('target')) {
      this.#addLane(value, tallies.get(key) ?? { sent: 0, failed: 0 }, waiting.get(key) ?? []);
    }
    for (const { value } of this.#outbox.read('cursor')) this.#cursor = value;
  }

  #addLane(target: NotificationTarget, tally: Tally, waiting: Waiting[]): void {
    this.#lanes.set(target.id, new Lane({ target, tally, waiting }, this.#laneDeps));
  }

  #checked(target: NotificationTarget): NotificationTarget {
    if (target.kind === 'email') {
      if (this.canMail) return target;
      throw new NotificationTargetInvalid('there is no mail server: set SMTP_URL and SMTP_FROM');
    }
    const { username, password } = new URL(target.url);
    if (username === '' && password === '') return target;
    throw new NotificationTargetInvalid('url: must hold no user and no password; use `secret`');
  }

  /** What happened while nobody listened: between a crash and this start, or before the last write. */
  #catchUp(): void {
    const { alarms, clock } = this.#deps;
    const { catchUpMax, ageMsMax } = notificationLimits;
    if (this.#cursor === undefined) {
      // The very first start: what was before is no news.
      this.#moveCursor(alarms.history({ limit: 1 })[0]?.seq ?? 0);
      return;
    }
    const cursor = this.#cursor;
    const from = clock() - ageMsMax;
    const missed = alarms.history({ from, limit: catchUpMax }).filter(({ seq }) => seq > cursor);
    for (const transition of missed.reverse()) {
      const alarm = alarms.get(transition.alarm);
      // Of one that is closed there is nothing to do any more.
      if (alarm) this.#take(alarm, transition);
    }
  }

  #moveCursor(seq: number): void {
    this.#cursor = seq;
    this.#outbox.set('cursor', '', seq);
  }

  #take(alarm: Alarm, { kind, seq, at, eventAt }: AlarmTransition): void {
    this.#moveCursor(seq);
    if (kind === 'closed') this.#told.forget(alarm.id);
    if (kind === 'suppressed' || kind === 'shelved') this.#withdraw(alarm.id);
    const event = eventOf(alarm, kind);
    if (event) this.#tell(alarm, event, { at: eventAt ?? at, id: String(seq) });
  }

  #withdraw(alarm: string): void {
    for (const [target, lane] of this.#lanes) {
      if (lane.withdraw(alarm)) this.#told.delete(target, alarm);
    }
  }

  #tell(alarm: Alarm, event: NoticeEvent, { at, id }: { at: number; id: string }): void {
    const { alarms, clock } = this.#deps;
    const now = clock();
    const { flood } = alarms;
    const rule = alarms.rules().find((one) => one.id === alarm.rule);
    const { consequence, response, timeAllowedMs, runbook } = rule ?? {};
    const advice = { consequence, response, timeAllowedMs, runbook };
    for (const [target, lane] of this.#lanes) {
      const told = this.#told.get(target, alarm.id);
      const choice = { event, alarm, notify: rule?.notify ?? [], flood, told, now };
      if (!wants(lane.target, choice)) continue;
      // What has not arrived yet need not be repeated.
      if (event === 'reminder' && lane.has(alarm.id)) continue;
      const readyAt = event === 'escalated' ? now : earliest(told, now);
      this.#seq += 1;
      const notice: Notice = { id: `${target}.${alarm.id}.${id}`, event, at, alarm, advice };
      const sent = { seq: this.#seq, target, notice, createdAt: now, readyAt, attempts: 0 };
      lane.add(sent);
      const { priority, active: isActive } = alarm;
      this.#told.set(target, alarm.id, { at: readyAt, isActive, priority });
    }
  }

  #tick(): void {
    const now = this.#deps.clock();
    if (now >= this.#remindAt) {
      this.#remindAt = now + remindEveryMs;
      this.#remind(now);
    }
    for (const lane of this.#lanes.values()) lane.step();
    this.#outbox.flush().then(
      () => {
        this.#isWritable = true;
      },
      (err: unknown) => {
        // Said once: the next tick tries again.
        if (this.#isWritable) this.#deps.log.error({ err }, 'notifications not written');
        this.#isWritable = false;
      },
    );
  }

  /** What is urgent and unacknowledged is told again; what is gone is forgotten. */
  #remind(now: number): void {
    for (const id of this.#told.alarms()) {
      const alarm = this.#deps.alarms.get(id);
      if (alarm) this.#tell(alarm, 'reminder', { at: alarm.activatedAt, id: `reminder-${now}` });
      else this.#told.forget(id);
    }
  }
}

/** A webhook that is put without a secret keeps the one that it had. */
function withSecretOf(
  given: NotificationTarget,
  known: NotificationTarget | undefined,
): NotificationTarget {
  if (given.kind !== 'webhook' || known?.kind !== 'webhook' || given.secret !== undefined) {
    return given;
  }
  return known.secret === undefined ? given : { ...given, secret: known.secret };
}

function earliest(told: Told | undefined, now: number): number {
  return told ? Math.max(now, told.at + notificationLimits.sameAlarmMs) : now;
}

function createCounter(metrics: MetricsRegistry): Counter<'kind' | 'outcome'> {
  const counter = new Counter({
    name: 'notifications_total',
    help: 'Messages about alarms by what came of them; retried counts attempts that failed and are made again',
    labelNames: ['kind', 'outcome'] as const,
    registers: [metrics],
  });
  const outcomes: readonly Outcome[] = ['sent', 'failed', 'dropped', 'retried'];
  for (const kind of ['webhook', 'email']) {
    for (const outcome of outcomes) counter.inc({ kind, outcome }, 0);
  }
  return counter;
}

/** Says of itself that it is none. */
function testNotice(now: number): Notice {
  const alarm: Alarm = {
    id: 'test',
    revision: 1,
    rule: 'test',
    name: 'Probe / test',
    priority: 'low',
    active: false,
    acknowledged: true,
    raisedAt: now,
    activatedAt: now,
    activations: 0,
    comments: 0,
  };
  return { id: `test-${now}`, event: 'test', at: now, alarm, advice: {} };
}
