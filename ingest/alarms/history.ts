import type { Database } from 'lmdb';
import { type AlarmHistoryFilter, AlarmTransition } from '../../broker/contract/alarms.ts';
import { alarmLimits } from './limits.ts';

/** Where the transitions of an alarm, a device or a rule are. */
export type PlaceKey = [of: 'alarm' | 'device' | 'rule', id: string, seq: number];

/** Everything that ever happened to alarms, by `seq`, which rises with time. Writing is for a transaction. */
export class History {
  readonly #transitions: Database<unknown, number>;
  readonly #places: Database<number, PlaceKey>;
  #forgetBefore = 0;

  constructor(transitions: Database<unknown, number>, places: Database<number, PlaceKey>) {
    this.#transitions = transitions;
    this.#places = places;
  }

  lastSeq(): number {
    for (const seq of this.#transitions.getKeys({ reverse: true, limit: 1 })) return seq;
    return 0;
  }

  add(transition: AlarmTransition): void {
    this.#transitions.putSync(transition.seq, transition);
    for (const key of placesOf(transition)) this.#places.putSync(key, 0);
  }

  forgetAtNextWrite(before: number): void {
    this.#forgetBefore = Math.max(this.#forgetBefore, before);
  }

  /** Forgets the oldest beyond the bounds, some at a time. */
  trim(): void {
    const { entryCount } = this.#transitions.getStats() as { entryCount: number };
    const gone: AlarmTransition[] = [];
    for (const { value } of this.#transitions.getRange({
      limit: alarmLimits.transitionsForgottenAtOnce,
    })) {
      const transition = value as AlarmTransition;
      const isTooMany = entryCount - gone.length > alarmLimits.transitionsMax;
      if (!isTooMany && transition.at >= this.#forgetBefore) break;
      gone.push(transition);
    }
    for (const transition of gone) {
      this.#transitions.removeSync(transition.seq);
      for (const key of placesOf(transition)) this.#places.removeSync(key);
    }
  }

  find(filter: AlarmHistoryFilter): AlarmTransition[] {
    const found: AlarmTransition[] = [];
    let left = alarmLimits.historyScanMax;
    for (const seq of this.#newestFirst(filter)) {
      if (found.length >= filter.limit || left-- === 0) break;
      const transition = this.#at(seq);
      if (!transition) continue;
      if (filter.from !== undefined && transition.at < filter.from) break;
      if (matches(transition, filter)) found.push(transition);
    }
    return found;
  }

  #at(seq: number): AlarmTransition | undefined {
    const row = this.#transitions.get(seq);
    return row === undefined ? undefined : AlarmTransition.parse(row);
  }

  *#newestFirst(filter: AlarmHistoryFilter): Iterable<number> {
    const before = Math.min(filter.before ?? Number.MAX_SAFE_INTEGER, this.#endOf(filter.to));
    const { alarm, device, rule } = filter;
    const of = alarm ? 'alarm' : device ? 'device' : rule ? 'rule' : undefined;
    const id = alarm ?? device ?? rule;
    if (!of || id === undefined) {
      yield* this.#transitions.getKeys({ reverse: true, start: before, exclusiveStart: true });
      return;
    }
    const range = { reverse: true, exclusiveStart: true, start: [of, id, before] as PlaceKey };
    for (const key of this.#places.getKeys({ ...range, end: [of, id, -1] as PlaceKey }))
      yield (key as PlaceKey)[2];
  }

  /** The first `seq` of an instant or later, by bisection; all when there is no instant. */
  #endOf(to: number | undefined): number {
    if (to === undefined) return Number.MAX_SAFE_INTEGER;
    let [low, high] = [0, this.lastSeq() + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = this.#firstFrom(middle);
      if (next === undefined || next.at >= to) high = middle;
      else low = next.seq + 1;
    }
    return low;
  }

  #firstFrom(seq: number): AlarmTransition | undefined {
    for (const { value } of this.#transitions.getRange({ start: seq, limit: 1 }))
      return value as AlarmTransition;
    return undefined;
  }
}

function placesOf({ alarm, device, rule, seq }: AlarmTransition): PlaceKey[] {
  return [
    ['alarm', alarm, seq],
    ...(device ? [['device', device, seq] satisfies PlaceKey] : []),
    ['rule', rule, seq],
  ];
}

function matches(transition: AlarmTransition, { alarm, device, rule, to }: AlarmHistoryFilter) {
  if (alarm !== undefined && transition.alarm !== alarm) return false;
  if (device !== undefined && transition.device !== device) return false;
  if (rule !== undefined && transition.rule !== rule) return false;
  return to === undefined || transition.at < to;
}
