import type { AlarmPriority } from '../../broker/contract/alarm-rules.ts';
import type { Alarm, AlarmLoad, AlarmTransition } from '../../broker/contract/alarms.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { Flood, floodShareOf } from './flood.ts';
import { alarmLimits } from './limits.ts';

const minuteMs = 60_000;
const tenMinutesMs = 10 * minuteMs;
export const dayMs = 24 * 60 * minuteMs;
/** An alarm that asks for attention so often in a minute chatters (ISA-18.2). */
const chatteringPerMinute = 3;
const topCount = 10;

/** An alarm asked for attention. */
interface Annunciation {
  at: number;
  alarm: string;
  rule: string;
  device: DeviceKey | undefined;
  priority: AlarmPriority;
}

/** Whether operators were asked for attention: something new, and shown. */
export function isAnnunciation({ kind, quiet }: Pick<AlarmTransition, 'kind' | 'quiet'>): boolean {
  return !quiet && (kind === 'raised' || kind === 'activated' || kind === 'released');
}

/** How much the operators were asked in the last day (EEMUA 191, ISA-18.2). */
export class Load {
  readonly #flood = new Flood();
  #annunciations: Annunciation[] = [];

  get flood(): boolean {
    return this.#flood.isOn;
  }

  /** Transitions in order of time. */
  note(transition: AlarmTransition): void {
    if (!isAnnunciation(transition)) return;
    const { at, alarm, rule, device, priority } = transition;
    this.#annunciations.push({ at, alarm, rule, device, priority });
    this.#flood.note(at);
    if (this.#annunciations.length > alarmLimits.annunciationsMax * 1.1) this.pass(at);
  }

  pass(now: number): void {
    this.#flood.pass(now);
    const from = now - dayMs;
    const recent = this.#annunciations.findIndex(({ at }) => at >= from);
    // Flood is told from what came shortly before the day, too: cut off in larger pieces.
    const surplus = this.#annunciations.length - alarmLimits.annunciationsMax;
    const cut = Math.max(surplus, recent < 0 ? this.#annunciations.length : recent);
    if (cut > 0) this.#annunciations = this.#annunciations.slice(cut);
  }

  figures(now: number, book: { open: readonly Alarm[]; nameOf(rule: string): string }): AlarmLoad {
    this.pass(now);
    const from = now - dayMs;
    const perTenMinutes = new Array<number>(dayMs / tenMinutesMs).fill(0);
    for (const { at } of this.#annunciations) {
      const place = Math.min(perTenMinutes.length - 1, Math.floor((at - from) / tenMinutesMs));
      perTenMinutes[place] = (perTenMinutes[place] ?? 0) + 1;
    }
    const top = this.#top(book.nameOf);
    const lastDay = this.#annunciations.length;
    const inTop = top.reduce((sum, { count }) => sum + count, 0);
    return {
      now,
      flood: this.flood,
      perTenMinutes,
      lastTenMinutes: this.#annunciations.filter(({ at }) => at > now - tenMinutesMs).length,
      lastDay,
      floodShare: floodShareOf(
        this.#annunciations.map(({ at }) => at),
        { from, to: now },
      ),
      stale: book.open.filter(({ active, activatedAt }) => active && now - activatedAt > dayMs)
        .length,
      chattering: this.#chattering(book.nameOf),
      topTen: top,
      topTenShare: lastDay === 0 ? 0 : inTop / lastDay,
      byPriority: this.#byPriority(),
    };
  }

  #top(nameOf: (rule: string) => string): AlarmLoad['topTen'] {
    const counts = new Map<string, AlarmLoad['topTen'][number]>();
    for (const { rule, device } of this.#annunciations) {
      const key = `${rule} ${device ?? ''}`;
      const known = counts.get(key);
      if (known) known.count += 1;
      else counts.set(key, { rule, name: nameOf(rule), ...(device ? { device } : {}), count: 1 });
    }
    return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, topCount);
  }

  #chattering(nameOf: (rule: string) => string): AlarmLoad['chattering'] {
    const times = new Map<string, number[]>();
    const rules = new Map<string, string>();
    for (const { alarm, rule, at } of this.#annunciations) {
      const all = times.get(alarm) ?? [];
      times.set(alarm, all);
      all.push(at);
      rules.set(alarm, rule);
    }
    return [...times]
      .filter(([, all]) =>
        all.some((at, index) => (all[index + chatteringPerMinute - 1] ?? Infinity) - at < minuteMs),
      )
      .map(([alarm, all]) => ({
        alarm,
        name: nameOf(rules.get(alarm) ?? ''),
        activations: all.length,
      }))
      .sort((a, b) => b.activations - a.activations)
      .slice(0, topCount);
  }

  #byPriority(): AlarmLoad['byPriority'] {
    const counts = { critical: 0, high: 0, medium: 0, low: 0 };
    for (const { priority } of this.#annunciations) counts[priority] += 1;
    return counts;
  }
}
