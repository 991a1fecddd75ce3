import type { Playback as Recording } from '../../../broker/contract/playback.ts';
import { type Api, ApiFailure } from './api.ts';
import type { Fleet } from './fleet.svelte.ts';
import { LiveTable } from './live-table.ts';

/** How long each hour stands while it plays by itself, ms. */
const stepEveryMs = 700;

/** The past day on map and list, hour by hour: the same frames as live, made from hourly rows. */
export class Playback {
  recording = $state.raw<Recording | undefined>();
  /** The hour that is shown. */
  index = $state(0);
  playing = $state(false);
  loading = $state(false);
  failure = $state.raw<ApiFailure | undefined>();
  readonly #api: Api;
  readonly #fleet: Fleet;
  #table = new LiveTable();
  /** The hour that the table stands at; -1: it is empty. */
  #tableAt = -1;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(api: Api, fleet: Fleet) {
    this.#api = api;
    this.#fleet = fleet;
  }

  get active(): boolean {
    return this.recording !== undefined;
  }

  /** End of the hour that is shown, epoch ms; undefined while live. */
  get now(): number | undefined {
    return this.recording?.frames[this.index]?.now;
  }

  /** What was known then. */
  get table(): LiveTable {
    void this.index;
    return this.#table;
  }

  /** Reads the last 24 hours and shows the first. */
  async start(): Promise<void> {
    this.loading = true;
    this.failure = undefined;
    try {
      const recording = await this.#api.get<Recording>('/playback');
      this.#tableAt = -1;
      this.recording = recording;
      this.seek(0);
    } catch (fault) {
      if (!(fault instanceof ApiFailure)) throw fault;
      this.failure = fault;
    }
    this.loading = false;
  }

  seek(index: number): void {
    const frames = this.recording?.frames ?? [];
    this.index = Math.min(Math.max(index, 0), frames.length - 1);
    if (this.index < this.#tableAt) this.#tableAt = -1;
    for (let at = this.#tableAt + 1; at <= this.index; at++) {
      const frame = frames[at];
      if (!frame) break;
      if (at === 0) {
        this.#table = new LiveTable();
        this.#table.applySnapshot(frame);
      } else this.#table.applyDelta(frame, 'event');
      this.#tableAt = at;
    }
    if (this.now !== undefined) this.#fleet.showPast({ table: this.#table, now: this.now });
  }

  /** Goes on by itself, from the beginning when it stands at the end; or holds. */
  toggle(): void {
    if (this.playing) {
      this.hold();
      return;
    }
    const last = (this.recording?.frames.length ?? 0) - 1;
    if (this.index >= last) this.seek(0);
    this.playing = true;
    this.#timer = setInterval(() => {
      this.seek(this.index + 1);
      if (this.index >= last) this.hold();
    }, stepEveryMs);
  }

  hold(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }

  /** Back to live. */
  stop(): void {
    this.hold();
    this.recording = undefined;
    this.#table = new LiveTable();
    this.#tableAt = -1;
    this.#fleet.showLive();
  }
}
