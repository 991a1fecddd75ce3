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

/** A frame that many share; undefined bytes: nothing of it is for this audience. */
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

  constructor(options: AlarmFramesOptions) {
    this.#options = options;
  }

  /** Tells the readers of one audience what has changed. */
  tell(clients: Iterable<LiveClient>, audience: AlarmAudience): void {
    const { alarms, frames, skipped } = this.#options;
    const { seq, flood } = alarms;
    /** By the seq that they start from; undefined: the first of a connection. */
    const shared = new Map<number | undefined, SharedFrame>();
    for (const client of clients) {
      const known = client.alarms;
      if (known?.seq === seq && known.flood === flood) continue;
      if (!client.isReady) {
        skipped.inc();
        continue;
      }
      const frame = shared.get(known?.seq) ?? this.#frame(known?.seq, audience);
      shared.set(known?.seq, frame);
      client.alarms = { seq, flood };
      // Others' alarms are no news, the beginning or end of a flood is.
      if (frame.isEmpty && known?.flood === flood) continue;
      client.send(frame.bytes);
      frames.inc();
    }
  }

  #frame(since: number | undefined, audience: AlarmAudience): SharedFrame {
    const { alarms } = this.#options;
    const { seq, flood } = alarms;
    const changed = since === undefined ? undefined : alarms.since(since);
    const isWhole =
      changed && changed.alarms.length + changed.closed.length <= apiLimits.liveAlarmsMax;
    if (!isWhole) {
      const frame: AlarmFrame = { seq, alarms: [], closed: [], flood, reload: true };
      return { bytes: serialised(frame), isEmpty: false };
    }
    const sees = audience.seesAlarm.bind(audience);
    const frame: AlarmFrame = {
      seq,
      alarms: changed.alarms.filter(sees),
      closed: changed.closed.filter(sees).map(({ id }) => id),
      flood,
    };
    return { bytes: serialised(frame), isEmpty: frame.alarms.length + frame.closed.length === 0 };
  }
}

/** Without an id: the one of values says where a stream goes on, and alarms begin anew with each connection. */
function serialised(frame: AlarmFrame): Buffer {
  return Buffer.from(`event: alarm\ndata: ${JSON.stringify(frame)}\n\n`);
}
