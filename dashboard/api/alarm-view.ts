import type {
  Alarm,
  AlarmAudience,
  AlarmHistory,
  AlarmHistoryFilter,
  Alarms,
  AlarmTransition,
} from '../../broker/contract/alarms.ts';
import type { Notifications } from '../../broker/contract/notifications.ts';
import { audienceOf, type Caller } from './access.ts';
import type { Context } from './context.ts';
import { ApiError } from './errors.ts';
import { apiLimits } from './limits.ts';

/** The alarms, where this process evaluates them. */
export function alarmsOf({ deps }: Context): Alarms {
  if (!deps.alarms) throw new ApiError('alarms-elsewhere');
  return deps.alarms;
}

/** The targets of notifications; they go out where alarms are evaluated. */
export function notificationsOf({ deps }: Context): Notifications {
  if (!deps.notifications) throw new ApiError('alarms-elsewhere');
  return deps.notifications;
}

/** Which alarms the caller may see. Routes let in only those who may see some. */
export function alarmAudienceOf({ config }: Context, caller: Caller): AlarmAudience {
  return audienceOf(caller, config.publicRead).alarms ?? { seesAlarm: () => false };
}

/** The alarm, if it exists and the audience may see it; there is no telling the two apart. */
export function findAlarm(alarms: Alarms, audience: AlarmAudience, id: string): Alarm | undefined {
  const alarm = alarms.get(id);
  return alarm && audience.seesAlarm(alarm) ? alarm : undefined;
}

/**
 * A page of the history as the audience may see it. One that sees little of it gets shorter pages, since no more
 * than so much is looked through for one; `before` says where to go on.
 */
export function visibleHistory(
  alarms: Alarms,
  audience: AlarmAudience,
  { limit, ...filter }: AlarmHistoryFilter,
): AlarmHistory {
  const { alarmHistoryPageMax: step, alarmHistoryLookMax } = apiLimits;
  const transitions: AlarmTransition[] = [];
  let { before } = filter;
  for (let looked = 0; looked < alarmHistoryLookMax; looked += step) {
    const read = alarms.history({ ...filter, before, limit: step });
    for (const transition of read) {
      if (transitions.length === limit) return { transitions, before };
      before = transition.seq;
      if (audience.seesAlarm(transition)) transitions.push(transition);
    }
    // A short page is not the end: it may have been looked through a bounded part only.
    if (read.length === 0) return { transitions };
  }
  return { transitions, before };
}
