import type { Alarm, AlarmFrame, AlarmList } from '../../../broker/contract/alarms.ts';

/** What an operator just did, as the page shows it until the server has answered. */
interface Deed {
  ids: ReadonlySet<string>;
  patch: Partial<Alarm>;
}

/**
 * The alarms that there are, as the server told them, and over them what was done here and is not answered yet.
 * An older revision never replaces a newer one, whichever way it comes.
 */
export class AlarmBook {
  readonly #alarms = new Map<string, Alarm>();
  readonly #deeds = new Set<Deed>();
  #seq = 0;

  /** State of the server's list that this one shows. */
  get seq(): number {
    return this.#seq;
  }

  get(id: string): Alarm | undefined {
    const alarm = this.#alarms.get(id);
    return alarm && this.#shown(alarm);
  }

  /** As they are shown, worst first. */
  list(): Alarm[] {
    return [...this.#alarms.values()].map((alarm) => this.#shown(alarm)).sort(worstFirst);
  }

  /** Something was done to it that is not answered yet. */
  isPending(id: string): boolean {
    return [...this.#deeds].some((deed) => deed.ids.has(id));
  }

  /**
   * The whole list as read from the server; frames that came meanwhile are applied after it. Answers with those that
   * ask for attention anew.
   */
  replace(list: Pick<AlarmList, 'alarms' | 'seq'>): Alarm[] {
    const calling = list.alarms.filter((alarm) => isCalling(this.#alarms.get(alarm.id), alarm));
    this.#alarms.clear();
    for (const alarm of list.alarms) this.#alarms.set(alarm.id, alarm);
    this.#seq = list.seq;
    return calling;
  }

  /** Applies what changed; answers with those that ask for attention anew. A frame that is known is passed over. */
  apply(frame: AlarmFrame): Alarm[] {
    if (frame.seq <= this.#seq) return [];
    this.#seq = frame.seq;
    const calling = frame.alarms.filter((alarm) => isCalling(this.#alarms.get(alarm.id), alarm));
    for (const alarm of frame.alarms) this.put(alarm);
    for (const id of frame.closed) this.#alarms.delete(id);
    return calling;
  }

  /** Frames before this one may be missing: unless the list is of its very `seq`, it is to be read again. */
  isBehind({ reload, seq }: Pick<AlarmFrame, 'reload' | 'seq'>): boolean {
    return reload === true && seq !== this.#seq;
  }

  put(alarm: Alarm): void {
    const known = this.#alarms.get(alarm.id);
    if (known && known.revision > alarm.revision) return;
    this.#alarms.set(alarm.id, alarm);
  }

  /** Shows a deed before it is answered. Returns the way to end that: with what came of it, or as it was. */
  begin(ids: readonly string[], patch: Partial<Alarm>): (outcome?: readonly Alarm[]) => void {
    const deed: Deed = { ids: new Set(ids), patch };
    this.#deeds.add(deed);
    return (outcome = []) => {
      this.#deeds.delete(deed);
      // What was closed meanwhile does not come back by a late answer.
      for (const alarm of outcome) if (this.#alarms.has(alarm.id)) this.put(alarm);
    };
  }

  #shown(alarm: Alarm): Alarm {
    let shown = alarm;
    for (const { ids, patch } of this.#deeds) if (ids.has(alarm.id)) shown = { ...shown, ...patch };
    return shown;
  }
}

/** Among what is to be done: neither shelved nor suppressed. */
export function isOpen({ shelved, suppressed }: Alarm): boolean {
  return shelved === undefined && suppressed === undefined;
}

/** A condition began, or began once more, since the page last heard of it. */
function isCalling(before: Alarm | undefined, alarm: Alarm): boolean {
  if (!isOpen(alarm) || !alarm.active || alarm.acknowledged) return false;
  return before === undefined || !isOpen(before) || before.activations < alarm.activations;
}

const ranks = { critical: 0, high: 1, medium: 2, low: 3 } as const;

/** As the API orders them: priority, then what nobody has acknowledged, then the newest. */
export function worstFirst(a: Alarm, b: Alarm): number {
  return (
    ranks[a.priority] - ranks[b.priority] ||
    Number(a.acknowledged) - Number(b.acknowledged) ||
    b.activatedAt - a.activatedAt ||
    (a.id < b.id ? -1 : 1)
  );
}
