import type { Counter } from 'prom-client';
import type { AlarmAudience, AlarmFrame, Alarms } from '../../../broker/contract/alarms.ts';
import { apiLimits } from '../limits.ts';
import type { LiveClient } from './live-client.ts';

/** What the stream needs to know of alarms. */
export type AlarmSource = Pick<Alarms, 'seq' | 'flood' | 'since'>;

interface AlarmFramesOptions {
  alarms: AlarmSource;
  frames: Counter;
  skipped: Counter;
}

/** A frame that many share. Empty: nothing of what changed is for this audience. */
interface SharedFrame {
  bytes: Buffer;
  isEmpty: boolean;
}

/**
 * `alarm` events, in the manner of values: each reader has the seq of the alarms that it knows, those who are equally
 * far behind share one frame, and a slow one gets one merged frame later.
 */
export class AlarmFrames {
  readonly #options: AlarmFramesOptions;
  /** What was asked last: audiences that are equally far behind ask the same. */
  #asked: { since: number; seq: number; changed: ReturnType<AlarmSource['since']> } | undefined;

  constructor(options: AlarmFramesOptions) {
    this.#options = options;
  }

  /** Tells the readers of one audience what has changed. */
  tell(clients: Iterable<LiveClient>, audience: AlarmAudience): void {
    const { alarms, frames, skipped } = this.#options;
    const { seq, flood } = alarms;
    /** By the seq that they start from; undefined: the first of a connection. */
    const made = new Map<number | undefined, SharedFrame>();
    for (const client of clients) {
      const known = client.alarms;
      if (known?.seq === seq && known.flood === flood) continue;
      if (!client.isReady) {
        skipped.inc();
        continue;
      }
      const frame = made.get(known?.seq) ?? this.#frame(known?.seq, audience);
      made.set(known?.seq, frame);
      client.alarms = { seq, flood };
      // Others' alarms are no news, the beginning or end of a flood is.
      if (frame.isEmpty && known?.flood === flood) continue;
      client.send(frame.bytes);
      frames.inc();
    }
  }

  #frame(since: number | undefined, audience: AlarmAudience): SharedFrame {
    const { seq, flood } = this.#options.alarms;
    const changed = since === undefined ? undefined : this.#changedSince(since);
    const alarms = changed?.alarms.filter((alarm) => audience.seesAlarm(alarm)) ?? [];
    const closed = changed?.closed.filter((alarm) => audience.seesAlarm(alarm)) ?? [];
    const count = alarms.length + closed.length;
    if (!changed || count > apiLimits.liveAlarmsMax) {
      return shared({ seq, alarms: [], closed: [], flood, reload: true });
    }
    return shared({ seq, alarms, closed: closed.map(({ id }) => id), flood });
  }

  #changedSince(since: number): ReturnType<AlarmSource['since']> {
    const { alarms } = this.#options;
    const { seq } = alarms;
    if (this.#asked?.since !== since || this.#asked.seq !== seq) {
      this.#asked = { since, seq, changed: alarms.since(since) };
    }
    return this.#asked.changed;
  }
}

/** Without an id: the one of values says where a stream goes on, and alarms begin anew with each connection. */
function shared(frame: AlarmFrame): SharedFrame {
  const isEmpty = !frame.reload && frame.alarms.length + frame.closed.length === 0;
  return { isEmpty, bytes: Buffer.from(`event: alarm\ndata: ${JSON.stringify(frame)}\n\n`) };
}
