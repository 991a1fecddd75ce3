import type { HealthPart } from '../../../broker/contract/health.ts';
import { PlatformStatus } from '../../../broker/contract/platform-status.ts';
import { audienceOf, type Caller } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { partsInTime, worstOf } from '../health-parts.ts';
import { tags } from '../openapi.ts';
import { countStandings } from '../status/count-standings.ts';
import { operationsOf } from '../status/operations.ts';
import { StatusSampler } from '../status/sampler.ts';
import type { HistoryAudience } from '../status/standing-history.ts';

/** `GET /api/v1/status`: everybody sees whether it works, operators see how. */
export function statusRoute(app: Api, context: Context): void {
  const sampler = new StatusSampler(context);
  app.addHook('onReady', () => sampler.start());
  app.addHook('onClose', () => sampler.stop());
  app.route({
    method: 'GET',
    url: '/api/v1/status',
    schema: {
      operationId: 'getStatus',
      tags: [tags.system],
      summary: 'How the platform does; operators see rates, latencies, losses and backlogs',
      response: { 200: PlatformStatus },
    },
    onRequest: readers(context),
    handler: async ({ caller }) => {
      const parts = await partsInTime(context.deps.health);
      return {
        now: context.deps.clock(),
        state: worstOf(parts),
        devices: devicesOf(context, sampler, caller),
        ...(isOperator(caller) ? await forOperators(context, sampler, parts) : {}),
      };
    },
  });
}

const isOperator = ({ role }: Caller): boolean => role === 'operator' || role === 'admin';

function devicesOf(
  context: Context,
  sampler: StatusSampler,
  caller: Caller,
): PlatformStatus['devices'] {
  const { sees } = audienceOf(caller, context.config.publicRead);
  const audience = historyAudienceOf(caller);
  return {
    counts: countStandings(context, sees),
    weekAgo: audience === undefined ? null : sampler.weekAgo(audience),
    history: audience === undefined ? null : sampler.lastDay(audience),
  };
}

/** Only whole audiences are counted over time: a provider sees what is public and more. */
function historyAudienceOf(caller: Caller): HistoryAudience | undefined {
  if (isOperator(caller)) return 'all';
  return caller.account ? undefined : 'public';
}

async function forOperators({ deps }: Context, sampler: StatusSampler, parts: HealthPart[]) {
  return { parts, operations: operationsOf(await sampler.figures(), sampler.ring, deps) };
}
