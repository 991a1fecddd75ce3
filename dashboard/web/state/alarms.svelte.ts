import type { AlarmPriority } from '../../../broker/contract/alarm-rules.ts';
import type {
  Alarm,
  AlarmDetail,
  AlarmFrame,
  AlarmList,
  AlarmsAcked,
} from '../../../broker/contract/alarms.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { AlarmBook, isOpen, worstFirst } from './alarm-book.ts';
import { type Api, ApiFailure } from './api.ts';
import type { Live } from './live.svelte.ts';
import type { Preferences } from './preferences.ts';
import type { SessionState } from './session.svelte.ts';

interface AlarmDeps {
  api: Api;
  live: Live;
  session: SessionState;
  preferences: Preferences;
}

/** What an operator did was refused, and the list shows again what is. */
export interface Complaint {
  /** `alarm-changed`: somebody else was faster; `some-refused`: of many, as many as `detail` says. */
  code: string;
  detail: string;
  alarm: Alarm | undefined;
}

/**
 * The alarms of the page: read when somebody has signed in, then kept up by the stream. Deeds show at once and are
 * taken back when the server refuses them. While the page is paused the list stands still and what comes is counted.
 */
export class AlarmState {
  /** `off`: nobody who may see alarms has signed in. */
  state = $state<'off' | 'loading' | 'ready' | 'failed'>('off');
  failure = $state.raw<ApiFailure | undefined>();
  flood = $state(false);
  complaint = $state.raw<Complaint | undefined>();
  /** Alarms that came while the page was paused. */
  heldCount = $state(0);
  /** The server has more than it tells at once. */
  total = $state(0);
  /** Until when the list has been looked at, epoch ms of the server's clock. */
  lookedAt = $state(0);
  #version = $state(0);
  /** What came and asks for attention, for the ear and the screen reader. */
  readonly #callListeners = new Set<(alarms: readonly Alarm[]) => void>();
  readonly #book = new AlarmBook();
  readonly #deps: AlarmDeps;
  /** Frames that came while the list was being read, or while the page is paused. */
  #held: AlarmFrame[] = [];
  #reading: AbortController | undefined;
  /** The list was to be read anew while the page was paused. */
  #isStale = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** All, worst first. */
  readonly all: readonly Alarm[] = $derived.by(() => {
    void this.#version;
    return this.#book.list();
  });
  /** What is to be done. */
  readonly open: readonly Alarm[] = $derived(this.all.filter(isOpen));
  readonly unacknowledged: readonly Alarm[] = $derived(
    this.open.filter((alarm) => !alarm.acknowledged),
  );
  readonly openCount = $derived(this.open.length);
  /** Of what nobody has acknowledged. */
  readonly worst: AlarmPriority | undefined = $derived(this.unacknowledged[0]?.priority);
  /** Unacknowledged ones that are urgent: what the tab's title and sign tell. */
  readonly urgentCount = $derived(
    this.unacknowledged.filter(({ priority }) => priority === 'critical' || priority === 'high')
      .length,
  );
  readonly newCount = $derived(
    this.unacknowledged.filter(({ activatedAt }) => activatedAt > this.lookedAt).length,
  );

  constructor(deps: AlarmDeps) {
    this.#deps = deps;
    this.lookedAt = Number(deps.preferences.get('alarms-looked-at') ?? 0) || 0;
    deps.live.onAlarm((frame) => this.#receive(frame));
    deps.live.onFlush(() => this.#release());
  }

  /** May acknowledge, shelve, assign and comment. */
  get mayAct(): boolean {
    const { role } = this.#deps.session.current;
    return role === 'operator' || role === 'admin';
  }

  get(id: string | undefined): Alarm | undefined {
    void this.#version;
    return id === undefined ? undefined : this.#book.get(id);
  }

  /** Open ones of a device: its own, and the alarm of a group that stands for it. */
  openOf(device: DeviceKey): readonly Alarm[] {
    return this.open.filter(
      (alarm) => alarm.device === device || alarm.children?.includes(device) === true,
    );
  }

  isPending(id: string): boolean {
    void this.#version;
    return this.#book.isPending(id);
  }

  /** Called with alarms that came while the page is open. */
  onCall(listener: (alarms: readonly Alarm[]) => void): () => void {
    this.#callListeners.add(listener);
    return () => this.#callListeners.delete(listener);
  }

  /** Reads the list; what is shown stays until the answer is there. */
  async load(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#reading?.abort();
    if (!this.#deps.session.signedIn) return this.#clear();
    // A paused page stands still: whatever is read now would show what has come since.
    this.#isStale = this.#deps.live.paused && this.state === 'ready';
    if (this.#isStale) return;
    const reading = new AbortController();
    this.#reading = reading;
    if (this.state !== 'ready') this.state = 'loading';
    try {
      const path = `/alarms?state=all&limit=${listMax}`;
      const list = await this.#deps.api.get<AlarmList>(path, reading.signal);
      const calling = this.#book.replace(list);
      // What was there before the page is no news.
      if (this.state === 'ready') this.#call(calling);
      this.total = list.total;
      this.state = 'ready';
      this.failure = undefined;
    } catch (fault) {
      if (reading.signal.aborted) return;
      if (!(fault instanceof ApiFailure)) throw fault;
      this.failure = fault;
      if (fault.status === 401 || fault.status === 403) return this.#clear();
      this.state = 'failed';
      this.#retryTimer = setTimeout(() => void this.load(), retryMs);
    }
    this.#reading = undefined;
    this.#version++;
    this.#release();
  }

  /** The list is being looked at: nothing in it is new any more. */
  look(): void {
    this.lookedAt = this.#deps.live.serverNow();
    this.#deps.preferences.set('alarms-looked-at', String(this.lookedAt));
  }

  /** One, or many at once; `comment` is why. */
  async acknowledge(alarms: readonly Alarm[], comment?: string): Promise<boolean> {
    const waiting = alarms.filter(({ id, acknowledged }) => !acknowledged && !this.isPending(id));
    const [first] = waiting;
    if (!first) return true;
    const said = comment ? { comment } : {};
    const patch = { acknowledged: true };
    if (waiting.length === 1) {
      return this.#deed([first], patch, () => this.#post(first, 'ack', said));
    }
    let done = true;
    for (let from = 0; from < waiting.length; from += atOnceMax) {
      const part = waiting.slice(from, from + atOnceMax);
      const body = { alarms: part.map(({ id, revision }) => ({ id, revision })), ...said };
      done = (await this.#deed(part, patch, () => this.#acknowledgeMany(body))) && done;
    }
    return done;
  }

  unacknowledge(alarm: Alarm): Promise<boolean> {
    const patch = { acknowledged: false, acknowledgedAt: undefined, acknowledgedBy: undefined };
    return this.#deed([alarm], patch, () => this.#post(alarm, 'unack'));
  }

  shelve(alarm: Alarm, shelf: { reason: string; forMs: number }): Promise<boolean> {
    const { reason, forMs } = shelf;
    const by = this.#deps.session.current.name ?? '';
    const shelved = { until: this.#deps.live.serverNow() + forMs, reason, by };
    return this.#deed([alarm], { shelved }, () => this.#post(alarm, 'shelve', shelf));
  }

  unshelve(alarm: Alarm): Promise<boolean> {
    return this.#deed([alarm], { shelved: undefined }, () => this.#post(alarm, 'unshelve'));
  }

  assign(alarm: Alarm, assignee: string | undefined): Promise<boolean> {
    return this.#deed([alarm], { assignee }, () =>
      this.#send(`/alarms/${alarm.id}/assign`, { assignee: assignee ?? null }),
    );
  }

  comment(alarm: Alarm, comment: string): Promise<boolean> {
    return this.#deed([alarm], { comments: alarm.comments + 1 }, () =>
      this.#send(`/alarms/${alarm.id}/comments`, { comment }),
    );
  }

  /** Shows a deed, sends it, and takes it back where it is refused: true when it is done. */
  async #deed(
    alarms: readonly Alarm[],
    patch: Partial<Alarm>,
    send: () => Promise<readonly Alarm[]>,
  ): Promise<boolean> {
    const end = this.#book.begin(
      alarms.map(({ id }) => id),
      patch,
    );
    this.#version++;
    this.complaint = undefined;
    try {
      end(await send());
      return true;
    } catch (fault) {
      end();
      if (!(fault instanceof ApiFailure)) throw fault;
      const [alarm] = alarms.length === 1 ? alarms : [];
      this.complaint = { code: fault.code, detail: fault.message, alarm };
      // What was looked at is no longer so: show what is.
      if (fault.status === 409 || fault.status === 404) await this.#readAgain(alarms);
      return false;
    } finally {
      this.#version++;
    }
  }

  /** One alarm as it is now, also while the page is paused; the list where that does not help. */
  async #readAgain([alarm]: readonly Alarm[]): Promise<void> {
    if (!alarm) return;
    const path = `/alarms/${encodeURIComponent(alarm.id)}`;
    const detail = await this.#deps.api.get<AlarmDetail>(path).catch(() => undefined);
    if (detail?.alarm) this.#book.put(detail.alarm);
    else await this.load();
  }

  #post(alarm: Alarm, deed: string, body: object = {}): Promise<readonly Alarm[]> {
    return this.#send(`/alarms/${alarm.id}/${deed}`, { revision: alarm.revision, ...body });
  }

  async #send(path: string, body: object): Promise<readonly Alarm[]> {
    return [await this.#deps.api.send<Alarm>('POST', path, body)];
  }

  async #acknowledgeMany(body: object): Promise<readonly Alarm[]> {
    const { results } = await this.#deps.api.send<AlarmsAcked>('POST', '/alarms/ack', body);
    const refused = results.filter(({ outcome }) => outcome !== 'acknowledged');
    if (refused.length > 0) {
      this.complaint = { code: 'some-refused', detail: String(refused.length), alarm: undefined };
      void this.load();
    }
    return results.flatMap(({ alarm }) => alarm ?? []);
  }

  #receive(frame: AlarmFrame): void {
    if (this.state === 'off') return;
    this.flood = frame.flood;
    this.#held.push(frame);
    if (this.#held.length > heldMax) this.#held.shift();
    if (this.#deps.live.paused) {
      const ids = this.#held.flatMap(({ alarms }) =>
        alarms.filter((alarm) => isOpen(alarm) && !alarm.acknowledged).map(({ id }) => id),
      );
      this.heldCount = new Set(ids.filter((id) => !this.#book.get(id))).size;
    }
    this.#release();
  }

  /** Applies what was held back, unless it has to wait still. */
  #release(): void {
    if (this.#reading || this.#deps.live.paused) return;
    if (this.#isStale) void this.load();
    if (this.#held.length === 0 || this.#reading) return;
    let isBehind = false;
    const isWhole = this.#held.length < heldMax;
    const calling = this.#held.flatMap((frame) => {
      isBehind ||= this.#book.isBehind(frame);
      return this.#book.apply(frame);
    });
    this.#held = [];
    this.heldCount = 0;
    this.#version++;
    this.#call(calling);
    // A connection began after the list was read, or frames were dropped while the page was paused for long.
    if (isBehind || !isWhole) void this.load();
  }

  #call(alarms: Alarm[]): void {
    if (alarms.length === 0) return;
    const worst = alarms.sort(worstFirst);
    for (const listener of this.#callListeners) listener(worst);
  }

  #clear(): void {
    this.#reading = undefined;
    this.#book.replace({ alarms: [], seq: 0 });
    this.#held = [];
    this.heldCount = 0;
    this.flood = false;
    this.state = 'off';
    this.#version++;
  }
}

/** As many as the API tells at once; the worst are shown, and that there are more is said. */
const listMax = 5_000;
/** The API takes no more in one request. */
const atOnceMax = 500;
/** Frames that wait at most; beyond, the list is read anew. */
const heldMax = 1_000;
const retryMs = 5_000;
