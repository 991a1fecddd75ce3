import { z } from 'zod';
import { LegalRuleSet, YearStatistics } from '../../../broker/contract/air.ts';
import { DeviceKey } from '../../../broker/contract/ids.ts';
import { windowStart } from '../../../broker/contract/windows.ts';
import { legalYearOf } from '../../../ingest/domain/air/year-hours.ts';
import { statisticsOf } from '../../../ingest/reports/make-reports.ts';
import { pollutantsOf, readYear } from '../../../ingest/reports/read-hours.ts';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { findVisible } from '../device-view.ts';
import { ApiError } from '../errors.ts';
import { createGate } from '../gate.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';

const Query = z.strictObject({
  device: DeviceKey,
  year: z.coerce
    .number()
    .int()
    .min(1970)
    .max(9998)
    .optional()
    .describe('legal year, UTC+1; default the running one'),
  rules: LegalRuleSet.default('EU-2008-50'),
});

/** `GET /api/v1/statistics`: legal statistics of one device and year, for all pollutants that it has. */
export function statisticsRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.yearReadsMax);
  app.route({
    method: 'GET',
    url: '/api/v1/statistics',
    schema: {
      operationId: 'statistics',
      tags: [tags.air],
      summary: 'A year held against limit values; only reference stations are for compliance',
      querystring: Query,
      response: { 200: YearStatistics },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const { deps, state, config } = context;
      const device = findVisible(context, audienceOf(caller, config.publicRead), query.device);
      if (!device) throw new ApiError('not-found');
      const asOf = windowStart('1h', deps.clock());
      const { rules, year = legalYearOf(asOf) } = query;
      const pollutants = pollutantsOf(state.device(query.device)?.slots.keys() ?? []);
      const { rows } = await gate(() =>
        readYear(deps.store, { device: query.device, year, pollutants, until: asOf }),
      );
      return statisticsOf(device, rows, { year, rules, asOf });
    },
  });
}
