import type { Series } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { type Api, ApiFailure } from '../state/api.ts';
import type { Live } from '../state/live.svelte.ts';
import { appendLive, dropBefore, type LiveValue, type Points, toPoints } from './points.ts';
import { RecentValues } from './recent-values.ts';

/** How soon the chart knows why live values are suspect, and what was judged anew. */
const rereadMs = 60_000;

export interface HistoryRequest {
  device: DeviceKey;
  metric: string;
  lengthMs: number;
  /** Undefined: it ends now, and goes on with the stream. */
  endAt: number | undefined;
  /** Points that the chart can show, its width in pixels. */
  pointsMax: number;
}

/**
 * One series as charted: read once, then continued by the live stream. The columns are plain arrays;
 * `version` tells when to draw anew.
 */
export class SeriesHistory {
  points = $state.raw<Points | undefined>();
  version = $state(0);
  loading = $state(false);
  failure = $state.raw<ApiFailure | undefined>();
  readonly #api: Api;
  readonly #live: Live;
  #request: HistoryRequest | undefined;
  #abort = new AbortController();
  #drawAsked = false;
  readonly #recent = new RecentValues();
  readonly #unsubscribe: () => void;
  readonly #rereadTimer: ReturnType<typeof setInterval>;

  constructor(api: Api, live: Live) {
    this.#api = api;
    this.#live = live;
    this.#unsubscribe = live.onValues((slots, complete) => {
      // After an outage there is a hole that only the store can fill.
      if (complete && this.points && this.#isLive) void this.reload();
      else for (const slot of slots) this.#append(slot.device, slot.metric, slot);
    });
    this.#rereadTimer = setInterval(() => this.#reread(), rereadMs);
  }

  /** Shows another series or range. What is drawn stays until the answer is there, if it is the same series. */
  async show(request: HistoryRequest): Promise<void> {
    const before = this.#request;
    if (before?.device !== request.device || before.metric !== request.metric) {
      this.points = undefined;
      this.failure = undefined;
      this.#recent.clear();
    }
    this.#request = request;
    this.#noteNewest(request);
    await this.reload();
  }

  /** `quiet`: nobody asked for it, so nobody is told of its beginning or failure. */
  async reload(quiet = false): Promise<void> {
    const request = this.#request;
    if (!request) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    if (!quiet) this.loading = true;
    const askedAt = performance.now();
    try {
      const series = await this.#api.get<Series>(`/series?${this.#query(request)}`, signal);
      const points = toPoints(series);
      if (this.#isLive) {
        for (const value of this.#recent.missingSince(askedAt)) appendLive(points, value);
      }
      this.points = points;
      this.failure = undefined;
    } catch (fault) {
      if (signal.aborted) return;
      if (!(fault instanceof ApiFailure)) throw fault;
      if (!quiet) this.failure = fault;
    }
    this.loading = false;
    this.version++;
  }

  stop(): void {
    this.#unsubscribe();
    clearInterval(this.#rereadTimer);
    this.#abort.abort();
  }

  /** The value that made the chart appear may not be in the store yet. */
  #noteNewest({ device, metric, lengthMs }: HistoryRequest): void {
    const newest = this.#live.table.valueOf(device, metric);
    if (this.#isLive && newest && newest.at >= this.#live.serverNow() - lengthMs)
      this.#recent.note(newest, performance.now());
  }

  get #isLive(): boolean {
    return this.#request !== undefined && this.#request.endAt === undefined;
  }

  /** The stream brings no reasons, and closed hours are judged anew: both are only in the store. */
  #reread(): void {
    if (!this.points || this.loading || this.#live.paused || document.hidden) return;
    void this.reload(true);
  }

  #query({ device, metric, lengthMs, endAt, pointsMax }: HistoryRequest): URLSearchParams {
    const to = endAt ?? Math.ceil(this.#live.serverNow());
    return new URLSearchParams({
      device,
      metric,
      from: String(to - lengthMs),
      to: String(to),
      resolution: 'auto',
      points: String(pointsMax),
    });
  }

  #append(device: DeviceKey, metric: string, live: LiveValue): void {
    const request = this.#request;
    if (request?.device !== device || request.metric !== metric) return;
    if (!this.#isLive) return;
    this.#recent.note(live, performance.now());
    if (!this.points || !appendLive(this.points, live)) return;
    dropBefore(this.points, this.#live.serverNow() - request.lengthMs);
    this.#askDraw();
  }

  #askDraw(): void {
    if (this.#drawAsked) return;
    this.#drawAsked = true;
    requestAnimationFrame(() => {
      this.#drawAsked = false;
      if (!this.#live.paused) this.version++;
    });
  }
}
