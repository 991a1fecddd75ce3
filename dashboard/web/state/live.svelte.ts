import type { AlarmFrame } from '../../../broker/contract/alarms.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { ValuesFrame } from '../../../broker/contract/live.ts';
import { type LinkState, linkState } from './live-link.ts';
import { createLiveShare, type LiveShare } from './live-share.ts';
import { heartbeatGuessMs, type LiveEvent } from './live-source.ts';
import { type Change, LiveTable, OutOfStep, type Slot } from './live-table.ts';

export type Described = Pick<Change, 'described' | 'removed'>;
type ValuesListener = (slots: readonly Readonly<Slot>[], complete: boolean) => void;

interface LiveDeps {
  clock: () => number;
  random: () => number;
}

/**
 * The live stream of this browser: keeps the table of newest values, judges the link, and tells the
 * screen at most once per animation frame which devices changed. While paused the table goes on and the
 * screen stands still.
 */
export class Live {
  readonly table = new LiveTable();
  link = $state.raw<LinkState>({ kind: 'connecting' });
  /** Sequence number of the newest frame that is on the screen. */
  shownSeq = $state(0);
  paused = $state(false);
  /** Values that came while paused. */
  pendingCount = $state(0);
  /** The server's dashboard was rebuilt since this page was loaded. */
  outdated = $state(false);
  readonly #clock: () => number;
  readonly #share: LiveShare;
  readonly #touched = new Set<DeviceKey>();
  readonly #valuesListeners = new Set<ValuesListener>();
  readonly #flushListeners = new Set<(devices: ReadonlySet<DeviceKey>) => void>();
  readonly #describedListeners = new Set<(described: Described) => void>();
  readonly #renewedListeners = new Set<() => void>();
  readonly #alarmListeners = new Set<(frame: AlarmFrame) => void>();
  #lastFrameAt: number | undefined;
  readonly #startedAt: number;
  #heartbeatMs = heartbeatGuessMs;
  #failed = false;
  /** The next delta merges a whole outage: its arrival says nothing about its devices. */
  #resumed = false;
  #build: string | undefined;
  #offsetMs = 0;
  #flushAsked = false;

  constructor({ clock, random }: LiveDeps) {
    this.#clock = clock;
    this.#startedAt = clock();
    this.#share = createLiveShare({
      url: '/api/v1/live',
      random,
      onEvent: (event) => this.#receive(event),
      snapshot: () => (this.table.epoch === '' ? undefined : this.table.toSnapshot()),
      onRole: (role) => {
        document.body.dataset.role = role;
      },
    });
  }

  /** The server's clock, epoch ms; this computer's own until the first frame. */
  serverNow(): number {
    return this.#clock() + this.#offsetMs;
  }

  /** Until when the picture is known to be complete: the newest frame or heartbeat, server's clock. */
  get asOf(): number | undefined {
    return this.#lastFrameAt === undefined ? undefined : this.#lastFrameAt + this.#offsetMs;
  }

  /** Called with every value that comes; `complete`: values between may be missing, read them again. */
  onValues(listener: ValuesListener): () => void {
    this.#valuesListeners.add(listener);
    return () => this.#valuesListeners.delete(listener);
  }

  /** Called at most once per animation frame with the devices that changed. */
  onFlush(listener: (devices: ReadonlySet<DeviceKey>) => void): void {
    this.#flushListeners.add(listener);
  }

  /** Called when a later snapshot replaced everything: descriptions and rights may have changed too. */
  onRenewed(listener: () => void): void {
    this.#renewedListeners.add(listener);
  }

  onAlarm(listener: (frame: AlarmFrame) => void): void {
    this.#alarmListeners.add(listener);
  }

  onDescribed(listener: (described: Described) => void): void {
    this.#describedListeners.add(listener);
  }

  /** Judges the link anew; called each second. */
  tick(): void {
    const next = linkState(
      {
        lastFrameAt: this.#lastFrameAt,
        startedAt: this.#startedAt,
        heartbeatMs: this.#heartbeatMs,
        failed: this.#failed,
      },
      this.#clock(),
    );
    if (next.kind !== this.link.kind) this.link = next;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.pendingCount = 0;
    this.#askFlush();
  }

  /** Reads everything again: who may see what has changed. */
  restart(): void {
    this.#share.restart();
  }

  #receive(event: LiveEvent): void {
    if (event.name === 'failed') {
      this.#failed = true;
      this.tick();
      return;
    }
    this.#failed = false;
    this.#lastFrameAt = this.#clock();
    if (event.name === 'alarm') {
      for (const listener of this.#alarmListeners) listener(event.frame);
      this.tick();
      return;
    }
    this.#offsetMs = event.frame.now - this.#lastFrameAt;
    if (event.name === 'hello') {
      this.#heartbeatMs = event.frame.heartbeatMs;
      this.#resumed = true;
      this.#build ??= event.frame.build;
      this.outdated = this.#build !== event.frame.build;
    }
    if (event.name === 'snapshot' || event.name === 'delta') this.#apply(event.name, event.frame);
    this.tick();
  }

  #apply(name: 'snapshot' | 'delta', frame: ValuesFrame): void {
    // A tab that just joined hears deltas before it is welcomed with a snapshot.
    if (name === 'delta' && this.table.epoch === '') return;
    const renewed = name === 'snapshot' && this.table.epoch !== '';
    try {
      const change =
        name === 'snapshot'
          ? this.table.applySnapshot(frame)
          : this.table.applyDelta(frame, this.#resumed ? 'event' : 'frame');
      this.#announce(change, name === 'snapshot' || this.#resumed);
    } catch (fault) {
      if (!(fault instanceof OutOfStep)) throw fault;
      this.restart();
    }
    this.#resumed = false;
    if (renewed) for (const listener of this.#renewedListeners) listener();
  }

  #announce(change: Change, complete: boolean): void {
    for (const device of change.devices) this.#touched.add(device);
    if (this.paused) this.pendingCount += change.slots.length;
    for (const listener of this.#valuesListeners) listener(change.slots, complete);
    if (change.described.length + change.removed.length > 0) {
      for (const listener of this.#describedListeners) listener(change);
    }
    this.#askFlush();
  }

  #askFlush(): void {
    if (this.#flushAsked || this.paused) return;
    this.#flushAsked = true;
    requestAnimationFrame(() => {
      this.#flushAsked = false;
      if (this.paused) return;
      for (const listener of this.#flushListeners) listener(this.#touched);
      this.#touched.clear();
      this.shownSeq = this.table.seq;
    });
  }
}
