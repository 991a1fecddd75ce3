import type { AlarmPriority } from '../../../broker/contract/alarm-rules.ts';
import type { Alarm } from '../../../broker/contract/alarms.ts';
import type { DeviceKind } from '../../../broker/contract/device.ts';
import { rangeMs } from '../chart/ranges.ts';
import { isOpen } from '../state/alarm-book.ts';
import { fold } from '../state/filter.ts';
import { type RangeName, rangeNames } from '../state/view.ts';

/** The lists of alarms that there are, as tabs. */
export const alarmTabs = ['open', 'unacknowledged', 'shelved', 'suppressed'] as const;
export type AlarmTab = (typeof alarmTabs)[number];

/** Alarms of one tab, in their order. */
export function ofTab(alarms: readonly Alarm[], tab: AlarmTab): Alarm[] {
  return alarms.filter(tests[tab]);
}

const tests: Readonly<Record<AlarmTab, (alarm: Alarm) => boolean>> = {
  open: isOpen,
  unacknowledged: (alarm) => isOpen(alarm) && !alarm.acknowledged,
  shelved: ({ shelved }) => shelved !== undefined,
  suppressed: ({ shelved, suppressed }) => suppressed !== undefined && shelved === undefined,
};

export interface AlarmFilter {
  /** Empty = all. */
  priorities: readonly AlarmPriority[];
  kinds: readonly DeviceKind[];
  q: string;
  /** What is known of an alarm beside itself. */
  kindOf: (alarm: Alarm) => DeviceKind | undefined;
  textOf: (alarm: Alarm) => string;
}

/** Those that pass; all words of `q` must occur. */
export function filterAlarms(alarms: readonly Alarm[], filter: AlarmFilter): Alarm[] {
  const words = fold(filter.q).split(/\s+/).filter(Boolean);
  return alarms.filter((alarm) => {
    if (filter.priorities.length > 0 && !filter.priorities.includes(alarm.priority)) return false;
    if (filter.kinds.length > 0) {
      const kind = filter.kindOf(alarm);
      if (!kind || !filter.kinds.includes(kind)) return false;
    }
    if (words.length === 0) return true;
    const text = fold(filter.textOf(alarm));
    return words.every((word) => text.includes(word));
  });
}

/** The shortest range of a chart that shows what happened, and as long before it. */
export function rangeAround(activatedAt: number, now: number): RangeName {
  const neededMs = 2 * (now - activatedAt);
  return rangeNames.find((name) => rangeMs[name] >= neededMs) ?? '30d';
}

/** Where the focus goes when the row that had it is gone: to what took its place, or to the last. */
export function nextActive(
  ids: readonly string[],
  before: readonly string[],
  active: string | undefined,
): string | undefined {
  if (active !== undefined && ids.includes(active)) return active;
  const place = active === undefined ? 0 : Math.max(0, before.indexOf(active));
  return ids[Math.min(place, ids.length - 1)];
}
