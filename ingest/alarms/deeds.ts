import type { Alarm, Deed } from '../../broker/contract/alarms.ts';
import type { AlarmBook } from './alarm-book.ts';
import type { AlarmFile } from './alarm-file.ts';

interface DeedDeps {
  book: AlarmBook;
  file: Pick<AlarmFile, 'assertWritable' | 'durable'>;
  clock: () => number;
}

/** What operators do with alarms. Each resolves with the alarm as it stands then, when that is on disk. */
export class Deeds {
  readonly #deps: DeedDeps;

  constructor(deps: DeedDeps) {
    this.#deps = deps;
  }

  acknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#do(id, deed, (alarm) => {
      if (alarm.acknowledged) return alarm;
      const { book, clock } = this.#deps;
      const done = book.change(
        id,
        {
          acknowledged: true,
          acknowledgedAt: clock(),
          acknowledgedBy: deed.by,
          ...withComment(alarm, deed),
        },
        { kind: 'acknowledged', by: deed.by, comment: deed.comment },
      );
      return done.active ? done : book.close(id, deed.by);
    });
  }

  unacknowledge(id: string, deed: Deed): Promise<Alarm> {
    return this.#do(id, deed, (alarm) => {
      if (!alarm.acknowledged) return alarm;
      return this.#deps.book.change(
        id,
        {
          acknowledged: false,
          acknowledgedAt: undefined,
          acknowledgedBy: undefined,
          ...withComment(alarm, deed),
        },
        { kind: 'unacknowledged', by: deed.by, comment: deed.comment },
      );
    });
  }

  shelve(id: string, deed: Deed & { reason: string; forMs: number }): Promise<Alarm> {
    return this.#do(id, deed, () => {
      const { by, reason, forMs } = deed;
      return this.#deps.book.change(
        id,
        { shelved: { until: this.#deps.clock() + forMs, reason, by } },
        { kind: 'shelved', by, comment: reason },
      );
    });
  }

  unshelve(id: string, deed: Deed): Promise<Alarm> {
    return this.#do(id, deed, (alarm) => {
      if (!alarm.shelved) return alarm;
      return this.#deps.book.change(
        id,
        { shelved: undefined, ...withComment(alarm, deed) },
        { kind: 'unshelved', by: deed.by, comment: deed.comment },
      );
    });
  }

  assign(id: string, deed: Deed & { assignee: string | undefined }): Promise<Alarm> {
    return this.#do(id, deed, (alarm) => {
      const { by, assignee } = deed;
      if (alarm.assignee === assignee) return alarm;
      return this.#deps.book.change(id, { assignee }, { kind: 'assigned', by, comment: assignee });
    });
  }

  comment(id: string, deed: Deed & { comment: string }): Promise<Alarm> {
    return this.#do(id, deed, (alarm) => {
      const { by, comment } = deed;
      return this.#deps.book.change(id, withComment(alarm, deed), {
        kind: 'commented',
        by,
        comment,
      });
    });
  }

  async #do(id: string, { revision }: Deed, act: (alarm: Alarm) => Alarm): Promise<Alarm> {
    const { book, file } = this.#deps;
    const alarm = book.asSeen(id, revision);
    // Not done at all while nothing can be kept: only a deed that meets the fault itself is left in doubt.
    file.assertWritable();
    const done = act(alarm);
    await file.durable();
    return done;
  }
}

function withComment({ comments }: Alarm, { comment }: Deed): { comments?: number } {
  return comment ? { comments: comments + 1 } : {};
}
