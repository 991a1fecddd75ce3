import { z } from 'zod';
import {
  Alarm,
  AlarmAck,
  AlarmAssign,
  AlarmChanged,
  AlarmComment,
  AlarmShelve,
  type Alarms,
  AlarmsAck,
  AlarmsAcked,
  type Deed,
  NoSuchAlarm,
} from '../../../broker/contract/alarms.ts';
import { actorOf } from '../access.ts';
import { alarmsOf } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';
import { alarmId } from './alarms.ts';

/** What somebody does to one alarm. */
interface DeedRoute<Body extends z.ZodType> {
  operationId: string;
  summary: string;
  /** Last part of the path. */
  verb: string;
  body: Body;
  act(
    alarms: Alarms,
    id: string,
    deed: NonNullable<z.output<Body>> & { by: string },
  ): Promise<Alarm>;
}

/**
 * What operators do with alarms: each with who, and refused with 409 when the alarm is not any more what they
 * looked at.
 */
export function alarmDeedsRoutes(app: Api, context: Context): void {
  deed(app, context, {
    operationId: 'acknowledgeAlarm',
    summary: 'Take note of an alarm',
    verb: 'ack',
    body: AlarmAck.nullish(),
    act: (alarms, id, given) => alarms.acknowledge(id, given),
  });
  deed(app, context, {
    operationId: 'unacknowledgeAlarm',
    summary: 'Take an acknowledgement back',
    verb: 'unack',
    body: AlarmAck.nullish(),
    act: (alarms, id, given) => alarms.unacknowledge(id, given),
  });
  deed(app, context, {
    operationId: 'shelveAlarm',
    summary: 'Put an alarm aside for a time, with a reason; it comes back by itself',
    verb: 'shelve',
    body: AlarmShelve,
    act: (alarms, id, given) => alarms.shelve(id, given),
  });
  deed(app, context, {
    operationId: 'unshelveAlarm',
    summary: 'Bring a shelved alarm back',
    verb: 'unshelve',
    body: AlarmAck.nullish(),
    act: (alarms, id, given) => alarms.unshelve(id, given),
  });
  deed(app, context, {
    operationId: 'assignAlarm',
    summary: 'Say who works on an alarm; null: nobody',
    verb: 'assign',
    body: AlarmAssign,
    act: (alarms, id, { assignee, ...given }) =>
      alarms.assign(id, { ...given, assignee: assignee || undefined }),
  });
  deed(app, context, {
    operationId: 'commentAlarm',
    summary: 'Add a comment to the history of an alarm',
    verb: 'comments',
    body: AlarmComment,
    act: (alarms, id, given) => alarms.comment(id, given),
  });
  acknowledgingMany(app, context);
}

function deed<Body extends z.ZodType<object | null | undefined>>(
  app: Api,
  context: Context,
  { operationId, summary, verb, body, act }: DeedRoute<Body>,
): void {
  app.route({
    method: 'POST',
    url: `/api/v1/alarms/:id/${verb}`,
    schema: {
      operationId,
      tags: [tags.alarms],
      summary,
      params: z.object({ id: alarmId }),
      body,
      response: { 200: Alarm },
    },
    onRequest: only('operator', 'admin'),
    handler: async ({ params, body: given, caller }) => {
      const alarms = alarmsOf(context);
      try {
        const done = { ...(given as NonNullable<z.output<Body>>), by: actorOf(caller) };
        return await act(alarms, params.id, done);
      } catch (error) {
        throw error instanceof AlarmChanged ? changed(error, alarms, params.id) : error;
      }
    },
  });
}

/** The answer has the alarm as it is now, so that the page need not ask for it. */
function changed(error: AlarmChanged, alarms: Alarms, id: string): ApiError {
  const alarm = alarms.get(id);
  return new ApiError('alarm-changed', error.message, { members: alarm ? { alarm } : {} });
}

function acknowledgingMany(app: Api, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/alarms/ack',
    schema: {
      operationId: 'acknowledgeAlarms',
      tags: [tags.alarms],
      summary: 'Take note of many alarms; the answer says of each what came of it',
      body: AlarmsAck,
      response: { 200: AlarmsAcked },
    },
    onRequest: only('operator', 'admin'),
    handler: async ({ body, caller }) => {
      const alarms = alarmsOf(context);
      const by = actorOf(caller);
      const { comment } = body;
      // Together: those of one moment are written to disk in one go.
      const results = await Promise.all(
        body.alarms.map(({ id, revision }) =>
          acknowledgeOne(context, alarms, { id, revision, by, comment }),
        ),
      );
      return { results };
    },
  });
}

async function acknowledgeOne(
  { deps }: Context,
  alarms: Alarms,
  { id, ...given }: Deed & { id: string },
): Promise<AlarmsAcked['results'][number]> {
  try {
    return { id, outcome: 'acknowledged', alarm: await alarms.acknowledge(id, given) };
  } catch (error) {
    const alarm = alarms.get(id);
    if (error instanceof AlarmChanged) return { id, outcome: 'changed', ...(alarm && { alarm }) };
    if (error instanceof NoSuchAlarm) return { id, outcome: 'not-found' };
    deps.log.error({ err: error }, 'alarm not acknowledged');
    return { id, outcome: 'failed' };
  }
}
