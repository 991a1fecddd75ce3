import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AlarmAudience,
  AlarmHistoryFilter,
  Alarms,
  AlarmTransition,
} from '../../broker/contract/alarms.ts';
import { visibleHistory } from './alarm-view.ts';
import { csvRow } from './csv.ts';
import { apiLimits } from './limits.ts';

/** The whole history of a filter as lines of CSV; the loop is given back between pages. */
export async function* alarmHistoryCsv(
  alarms: Alarms,
  audience: AlarmAudience,
  filter: Omit<AlarmHistoryFilter, 'limit'>,
): AsyncGenerator<string> {
  yield csvRow(columns);
  let { before } = filter;
  do {
    const page = visibleHistory(alarms, audience, {
      ...filter,
      before,
      limit: apiLimits.alarmHistoryPageMax,
    });
    if (page.transitions.length > 0) {
      yield page.transitions.map((transition) => csvRow(cellsOf(transition))).join('');
    }
    before = page.before;
    await nextTurn();
  } while (before !== undefined);
}

const columns = [
  'seq',
  'at',
  'event_at',
  'alarm',
  'rule',
  'priority',
  'device',
  'group',
  'transition',
  'by',
  'value',
  'comment',
];

function cellsOf(transition: AlarmTransition): (string | number | undefined)[] {
  const { seq, at, eventAt, alarm, rule, priority, device, group, kind, by } = transition;
  return [
    seq,
    new Date(at).toISOString(),
    eventAt === undefined ? undefined : new Date(eventAt).toISOString(),
    alarm,
    rule,
    priority,
    device,
    group,
    kind,
    by,
    transition.value,
    transition.comment,
  ];
}
