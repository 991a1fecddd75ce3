import { z } from 'zod';
import { AlarmPriority } from '../../../broker/contract/alarm-rules.ts';
import {
  type Alarm,
  AlarmDetail,
  AlarmList,
  AlarmLoad,
  alarmViews,
  compareAlarms,
} from '../../../broker/contract/alarms.ts';
import { DeviceKey, Id, providerOf } from '../../../broker/contract/ids.ts';
import { alarmAudienceOf, alarmsOf, findAlarm, visibleHistory } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

export const alarmId = z.string().min(1).max(100);

const priorities = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(AlarmPriority))
  .describe('one or more of critical, high, medium, low, with commas');

const Query = z.strictObject({
  state: z.enum(alarmViews).default('open'),
  priority: priorities.optional(),
  device: DeviceKey.optional().describe('also the alarm of a group that stands for it'),
  rule: Id.optional(),
  provider: Id.optional(),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(apiLimits.alarmsPageMax).default(1_000),
});

/** `GET /api/v1/alarms`, `…/<id>`, `…/load`: what needs attention, and how much of it there is. */
export function alarmsRoutes(app: Api, context: Context): void {
  listing(app, context);
  reading(app, context);
  measuring(app, context);
}

function listing(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/alarms',
    schema: {
      operationId: 'listAlarms',
      tags: [tags.alarms],
      summary: 'Alarms, worst first; providers see those of their own devices',
      description: '`alarm` events of `GET /api/v1/live` go on from `seq`.',
      querystring: Query,
      response: { 200: AlarmList },
    },
    serializerCompiler: whole,
    onRequest: only('provider', 'operator', 'admin'),
    handler: async ({ query, caller }) => {
      const alarms = alarmsOf(context);
      const audience = alarmAudienceOf(context, caller);
      const found = alarms
        .list(query.state)
        .filter((alarm) => audience.seesAlarm(alarm) && matches(alarm, query))
        .sort(compareAlarms);
      const page = found.slice(query.offset, query.offset + query.limit);
      return { alarms: page, total: found.length, seq: alarms.seq };
    },
  });
}

function matches(alarm: Alarm, query: z.output<typeof Query>): boolean {
  const { priority, device, rule, provider } = query;
  if (priority && !priority.includes(alarm.priority)) return false;
  if (rule !== undefined && alarm.rule !== rule) return false;
  if (device !== undefined && alarm.device !== device && !alarm.children?.includes(device)) {
    return false;
  }
  return provider === undefined || providerOfAlarm(alarm) === provider;
}

function providerOfAlarm({ device, group }: Alarm): string | undefined {
  const name = device ?? (group as DeviceKey | undefined);
  return name && providerOf(name);
}

function reading(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/alarms/:id',
    schema: {
      operationId: 'getAlarm',
      tags: [tags.alarms],
      summary: 'One alarm with its history; of a closed one the history is left',
      params: z.object({ id: alarmId }),
      response: { 200: AlarmDetail },
    },
    serializerCompiler: whole,
    onRequest: only('provider', 'operator', 'admin'),
    handler: async ({ params, caller }) => {
      const alarms = alarmsOf(context);
      const audience = alarmAudienceOf(context, caller);
      const alarm = findAlarm(alarms, audience, params.id);
      const filter = { alarm: params.id, limit: apiLimits.alarmHistoryPageMax };
      const history = visibleHistory(alarms, audience, filter).transitions;
      if (!alarm && history.length === 0) throw new ApiError('not-found');
      return alarm ? { alarm, history } : { history };
    },
  });
}

function measuring(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/alarms/load',
    schema: {
      operationId: 'getAlarmLoad',
      tags: [tags.alarms],
      summary: 'How much the operators are asked (EEMUA 191, ISA-18.2)',
      response: { 200: AlarmLoad },
    },
    onRequest: only('operator', 'admin'),
    handler: async () => alarmsOf(context).load(),
  });
}
