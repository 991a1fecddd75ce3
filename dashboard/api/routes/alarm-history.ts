import { z } from 'zod';
import { AlarmHistory } from '../../../broker/contract/alarms.ts';
import { DeviceKey, Id } from '../../../broker/contract/ids.ts';
import { Instant } from '../../../broker/contract/instant.ts';
import { alarmAudienceOf, alarmsOf, visibleHistory } from '../alarm-view.ts';
import { only } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { alarmHistoryCsv } from '../export-alarm-history.ts';
import { apiLimits } from '../limits.ts';
import { createLineSender } from '../line-stream.ts';
import { tags, whole } from '../openapi.ts';
import { alarmId } from './alarms.ts';

const Query = z.strictObject({
  alarm: alarmId.optional(),
  device: DeviceKey.optional(),
  rule: Id.optional(),
  from: Instant.optional().describe('when it was noted, included'),
  to: Instant.optional().describe('when it was noted, excluded'),
  before: z.coerce.number().int().min(0).optional().describe('seq to page on from'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(apiLimits.alarmHistoryPageMax)
    .default(100)
    .describe('of one page; a file has all'),
  format: z.enum(['json', 'csv']).default('json'),
});

/** `GET /api/v1/alarms/history`: everything that ever happened to alarms; a page or all of it. */
export function alarmHistoryRoute(app: Api, context: Context): void {
  const send = createLineSender();
  app.route({
    method: 'GET',
    url: '/api/v1/alarms/history',
    schema: {
      operationId: 'listAlarmHistory',
      tags: [tags.alarms],
      summary: 'What happened to alarms, with who and why, newest first',
      querystring: Query,
      response: {
        200: {
          description: 'A page as JSON, or all as CSV',
          content: {
            'application/json': { schema: AlarmHistory },
            'text/csv': { schema: z.string() },
          },
        },
      },
    },
    serializerCompiler: whole,
    onRequest: only('provider', 'operator', 'admin'),
    handler: async ({ query, caller }, reply) => {
      const { format, limit, ...filter } = query;
      const alarms = alarmsOf(context);
      const audience = alarmAudienceOf(context, caller);
      if (format === 'json') {
        const page = visibleHistory(alarms, audience, { ...filter, limit });
        return reply.type('application/json').send(page);
      }
      return send(reply, alarmHistoryCsv(alarms, audience, filter), {
        type: 'text/csv; charset=utf-8; header=present',
        name: 'alarms.csv',
      });
    },
  });
}
