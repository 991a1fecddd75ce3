import type { ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, type Registry as MetricsRegistry } from 'prom-client';
import { limits } from '../../../broker/contract/limits.ts';
import type { HeartbeatFrame, HelloFrame, ValuesFrame } from '../../../broker/contract/live.ts';
import type { Audience } from '../access.ts';
import { apiLimits } from '../limits.ts';
import { AlarmFrames, type AlarmSource } from './live-alarms.ts';
import { LiveClient } from './live-client.ts';
import { delta, epochOf, snapshot } from './live-frames.ts';
import type { LiveState } from './live-state.ts';
import { Seats } from './seats.ts';

/** Operators get a frame each tick, others each second one: a reading is on every page well within a second. */
const publicTicks = 2;

interface LiveHubOptions {
  state: LiveState;
  /** Missing: none are evaluated in this process. */
  alarms?: AlarmSource | undefined;
  metrics: MetricsRegistry;
  clock: () => number;
  build: string;
  tickMs?: number;
  stallMs?: number;
  perAddressMax?: number;
  heartbeatMs?: number;
}

/** A reader that asks to join. */
interface LiveReader {
  response: ServerResponse;
  audience: Audience;
  /** `Last-Event-ID` as sent. */
  lastEventId: string | undefined;
  /** Asked every few seconds: a stream ends with the credentials that opened it. */
  stillValid: () => boolean;
}

/** All readers who may see the same: they share every frame. */
interface Channel {
  audience: Audience;
  epoch: string;
  /** Ticks between two frames. */
  everyTicks: number;
  /** The state that its frames have told so far. */
  seq: number;
  clients: Map<LiveClient, () => boolean>;
  /** The last snapshot, shared by readers who join within one tick. */
  snapshot: SharedSnapshot | undefined;
}

interface SharedSnapshot {
  now: number;
  seq: number;
  bytes: Buffer;
}

/**
 * Fans the live state out to readers (server-sent events). Per tick and audience one merged frame is
 * made and serialised once. A reader that is slow misses frames and gets one merged frame when it can
 * read again; one that does not read at all is cut off. The work does not grow with slow readers, and
 * nothing of it reaches back to ingest.
 */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #tickMs: number;
  readonly #stallTicks: number;
  readonly #heartbeatMs: number;
  readonly #heartbeatTicks: number;
  readonly #channels = new Map<string, Channel>();
  readonly #alarms: AlarmFrames | undefined;
  readonly #seats: Seats;
  readonly #frames: Counter;
  readonly #skipped: Counter;
  readonly #dropped: Counter;
  readonly #delay: Histogram;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  #isCheckDue = false;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#tickMs = options.tickMs ?? 250;
    this.#stallTicks = Math.ceil((options.stallMs ?? apiLimits.liveStallMs) / this.#tickMs);
    this.#heartbeatMs = options.heartbeatMs ?? 5_000;
    this.#heartbeatTicks = Math.ceil(this.#heartbeatMs / this.#tickMs);
    const perAddress = options.perAddressMax ?? apiLimits.liveClientsPerAddressMax;
    const seats = new Seats({ total: limits.liveClientsMax, perAddress });
    this.#seats = seats;
    const registers = [options.metrics];
    new Gauge({
      name: 'live_clients',
      help: 'Readers of the live stream',
      registers,
      collect(this: Gauge) {
        this.set(seats.taken);
      },
    });
    const buffered = () => this.#bufferedBytesMax();
    new Gauge({
      name: 'live_buffered_bytes_max',
      help: 'Most bytes that wait for one reader of the live stream',
      registers,
      collect(this: Gauge) {
        this.set(buffered());
      },
    });
    this.#frames = new Counter({ name: 'live_frames_total', help: 'Frames sent', registers });
    this.#skipped = new Counter({
      name: 'live_frames_skipped_total',
      help: 'Frames that a slow reader missed; it gets one merged frame later',
      registers,
    });
    this.#delay = new Histogram({
      name: 'live_frame_seconds',
      help: 'From the arrival of a message to the first frame with it, while there are readers',
      buckets: [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5],
      registers,
    });
    this.#dropped = new Counter({
      name: 'live_clients_dropped_total',
      help: 'Readers cut off because they did not read',
      registers,
    });
    const { alarms } = options;
    const counters = { frames: this.#frames, skipped: this.#skipped };
    this.#alarms = alarms && new AlarmFrames({ alarms, ...counters });
  }

  /** A place for a reader, or undefined when all are taken; give it to {@link join}. */
  admit(address: string): (() => void) | undefined {
    return this.#seats.take(address);
  }

  /** Greets a reader and keeps it informed until it goes. The response's head has been written. */
  join(reader: LiveReader, release: () => void): void {
    const { response, audience, lastEventId } = reader;
    const { state } = this.#options;
    const channel = this.#channelOf(audience);
    const client = new LiveClient(response);
    channel.clients.set(client, reader.stillValid);
    response.on('error', () => client.destroy());
    response.once('close', () => {
      release();
      channel.clients.delete(client);
      if (channel.clients.size === 0) this.#channels.delete(audience.id);
      if (this.#channels.size === 0) this.#stopTicking();
    });
    const since = this.#resumePoint(channel, lastEventId);
    client.send(this.#hello(channel));
    if (since === undefined) {
      const { seq, bytes } = this.#snapshot(channel);
      client.seq = seq;
      client.send(bytes);
    } else {
      client.seq = state.seq;
      client.send(this.#resumed(channel, since));
    }
    this.#frames.inc();
    if (this.#timer) return;
    // What came while nobody looked was on no screen.
    state.takeArrivals();
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
  }

  /** Looks within a tick whether the credentials of every stream still hold: some have ended. */
  recheck(): void {
    this.#isCheckDue = true;
  }

  /** Ends all streams. */
  close(): void {
    this.#stopTicking();
    for (const { clients } of this.#channels.values()) {
      for (const client of clients.keys()) {
        if (client.isReady) client.end();
        else client.destroy();
      }
    }
  }

  #bufferedBytesMax(): number {
    let most = 0;
    for (const { clients } of this.#channels.values()) {
      for (const client of clients.keys()) most = Math.max(most, client.bufferedBytes);
    }
    return most;
  }

  #stopTicking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #channelOf(audience: Audience): Channel {
    const known = this.#channels.get(audience.id);
    if (known) return known;
    const { state } = this.#options;
    const channel: Channel = {
      audience,
      epoch: epochOf(state, audience),
      everyTicks: audience.isOperations ? 1 : publicTicks,
      seq: state.seq,
      clients: new Map(),
      snapshot: undefined,
    };
    this.#channels.set(audience.id, channel);
    return channel;
  }

  #hello({ epoch, everyTicks }: Channel): Buffer {
    const { state, clock, build } = this.#options;
    const hello: HelloFrame = {
      version: 1,
      epoch,
      seq: state.seq,
      now: clock(),
      tickMs: this.#tickMs * everyTicks,
      heartbeatMs: this.#heartbeatMs,
      build,
    };
    // Spread out, so that all readers do not come back in the same second after a restart.
    const retryMs = 1_000 + Math.floor(Math.random() * 4_000);
    // Without an id: a reader that is cut off here has seen no values yet.
    return Buffer.from(`retry: ${retryMs}\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`);
  }

  #resumePoint({ epoch }: Channel, lastEventId: string | undefined): number | undefined {
    const [, idEpoch, idSeq] = /^([0-9a-f]{12})-(\d{1,15})$/.exec(lastEventId ?? '') ?? [];
    if (idEpoch !== epoch) return undefined;
    const { state } = this.#options;
    const seq = Number(idSeq);
    return seq >= state.resumableFrom && seq <= state.seq ? seq : undefined;
  }

  /** One merged delta, also when nothing changed: the reader then knows that it has all. */
  #resumed({ audience, epoch }: Channel, since: number): Buffer {
    const { state, clock } = this.#options;
    const now = clock();
    const values = { series: [], age: [], value: [], flag: [] };
    const frame = delta(state, audience, { since, now }) ?? { epoch, seq: state.seq, now, values };
    return serialised('delta', frame);
  }

  #snapshot(channel: Channel): SharedSnapshot {
    const { state, clock } = this.#options;
    const now = clock();
    const { snapshot: last } = channel;
    const isFresh = last && Math.abs(now - last.now) <= this.#tickMs;
    // Not one from before a device was hidden.
    if (isFresh && last.seq >= state.describedSeq) return last;
    const bytes = serialised('snapshot', snapshot(state, channel.audience, now));
    channel.snapshot = { now, seq: state.seq, bytes };
    return channel.snapshot;
  }

  #tick(): void {
    this.#ticks += 1;
    const now = this.#options.clock();
    const isCheckDue = this.#isCheckDue || this.#ticks % this.#heartbeatTicks === 0;
    this.#isCheckDue = false;
    for (const channel of this.#channels.values()) {
      for (const client of channel.clients.keys()) client.tick();
      if (this.#ticks % channel.everyTicks === 0) {
        // First: values are merged when there is no room for both, and there are always new ones.
        const { alarms } = channel.audience;
        if (alarms) this.#alarms?.tell(channel.clients.keys(), alarms);
        this.#tickChannel(channel, now);
        this.#measure(now);
      }
      this.#heartbeat(channel, now);
      if (!isCheckDue) continue;
      for (const [client, stillValid] of channel.clients) if (!stillValid()) client.end();
    }
  }

  /** How long the messages of this tick were on their way; those that another audience has seen are not there any more. */
  #measure(now: number): void {
    for (const at of this.#options.state.takeArrivals()) {
      this.#delay.observe(Math.max(0, now - at) / 1_000);
    }
  }

  #tickChannel(channel: Channel, now: number): void {
    const { state } = this.#options;
    const { seq } = state;
    /** Frames by the seq that they start from; readers who are equally far behind share one. */
    const frames = new Map<number, Buffer | undefined>();
    for (const client of channel.clients.keys()) {
      if (client.stalledTicks > this.#stallTicks) {
        this.#dropped.inc();
        client.destroy();
        continue;
      }
      if (client.seq === seq) continue;
      if (!client.isReady) {
        this.#skipped.inc();
        continue;
      }
      if (!frames.has(client.seq)) {
        const frame = delta(state, channel.audience, { since: client.seq, now });
        frames.set(client.seq, frame && serialised('delta', frame));
      }
      const bytes = frames.get(client.seq);
      client.seq = seq;
      if (!bytes) continue;
      client.send(bytes);
      this.#frames.inc();
    }
    channel.seq = seq;
    channel.snapshot = undefined;
  }

  #heartbeat(channel: Channel, now: number): void {
    let bytes: Buffer | undefined;
    for (const client of channel.clients.keys()) {
      if (client.idleTicks < this.#heartbeatTicks || !client.isReady) continue;
      const frame: HeartbeatFrame = { now, seq: channel.seq };
      bytes ??= Buffer.from(`event: heartbeat\ndata: ${JSON.stringify(frame)}\n\n`);
      client.send(bytes);
    }
  }
}

function serialised(event: 'snapshot' | 'delta', frame: ValuesFrame): Buffer {
  const id = `${frame.epoch}-${frame.seq}`;
  return Buffer.from(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(frame)}\n\n`);
}
