import { type AlarmPriority, alarmPriorities } from '../../broker/contract/alarm-rules.ts';
import type { Alarm, AlarmTransition } from '../../broker/contract/alarms.ts';
import type { NotificationTarget } from '../../broker/contract/notifications.ts';
import { notificationLimits } from './limits.ts';

/** What a message says of an alarm. */
export const noticeEvents = [
  'raised',
  'activated',
  'returned',
  'escalated',
  'cleared',
  'reminder',
  'test',
] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

/** What the receiver may want to do about it, out of the rule. */
export interface Advice {
  consequence?: string | undefined;
  response?: string | undefined;
  timeAllowedMs?: number | undefined;
  runbook?: string | undefined;
}

/** One message on its way to one target. */
export interface Notice {
  /** The same at each attempt, so that a receiver can tell a repetition. */
  id: string;
  event: NoticeEvent;
  /** When it happened, epoch ms UTC. */
  at: number;
  alarm: Alarm;
  advice: Advice;
}

/** What a target was last told of an alarm. */
export interface Told {
  at: number;
  isActive: boolean;
  priority: AlarmPriority;
}

/** What a transition is to the outside, or undefined: nothing. */
export function eventOf(alarm: Alarm, kind: AlarmTransition['kind']): NoticeEvent | undefined {
  if (kind === 'cleared') return alarm.active ? undefined : 'cleared';
  if (!alarm.active) return undefined;
  switch (kind) {
    case 'raised':
    case 'activated':
      return kind;
    case 'unshelved':
    case 'released':
      return alarm.acknowledged ? undefined : 'returned';
    case 'priority':
      return alarm.acknowledged ? undefined : 'escalated';
    default:
      return undefined;
  }
}

export interface Choice {
  event: NoticeEvent;
  alarm: Alarm;
  /** Ids of the targets that the rule names. */
  notify: readonly string[];
  flood: boolean;
  told: Told | undefined;
  now: number;
}

/** Whether a target is to hear of it. What is put aside or stands behind the alarm of its group is not told. */
export function wants(target: NotificationTarget, choice: Choice): boolean {
  const { event, alarm, notify, flood, told } = choice;
  if (!target.enabled || alarm.shelved || alarm.suppressed) return false;
  if (!target.all && !notify.includes(target.id)) return false;
  // The end of what it never heard of is no news; the end of what it heard of is one, whatever its priority is now.
  if (event === 'cleared') return target.onCleared && told?.isActive === true;
  if (event === 'escalated' && told && rank(told.priority) <= rank(alarm.priority)) return false;
  if (event === 'reminder' && !isReminderDue(choice)) return false;
  if (flood && rank(alarm.priority) > rank('medium')) return false;
  return rank(alarm.priority) <= rank(target.priorityMin);
}

function isReminderDue({ alarm, told, now }: Choice): boolean {
  if (alarm.acknowledged || rank(alarm.priority) > rank('high')) return false;
  return told !== undefined && told.at <= now - notificationLimits.reminderMs;
}

/** 0 is the worst. */
function rank(priority: AlarmPriority): number {
  return alarmPriorities.indexOf(priority);
}

/** An alarm as it goes out: a group names the first of its devices. */
export function outward(alarm: Alarm): Alarm {
  const { children } = alarm;
  if (!children || children.length <= notificationLimits.childrenMax) return alarm;
  return { ...alarm, children: children.slice(0, notificationLimits.childrenMax) };
}
