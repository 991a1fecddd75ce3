import { z } from 'zod';
import { Id } from '../../../broker/contract/ids.ts';
import { Lighting } from '../../../broker/contract/lighting.ts';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { visibleOfKind } from '../device-view.ts';
import { createGate } from '../gate.ts';
import { LampNights } from '../lighting/lamp-nights.ts';
import { LampWatch } from '../lighting/lamp-watch.ts';
import { lightingOf, readNightsAhead } from '../lighting/lighting-view.ts';
import { apiLimits } from '../limits.ts';
import { tags, whole } from '../openapi.ts';
import { readAhead } from '../read-ahead.ts';
import { ReadQueue } from '../read-queue.ts';

const Query = z.strictObject({
  provider: Id.optional(),
  group: Id.optional().describe('one cabinet of a provider'),
});

/** `GET /api/v1/lighting`: how lamps and cabinets stand, and what their nights took. */
export function lightingRoute(app: Api, context: Context): void {
  const gate = createGate(apiLimits.domainListsMax);
  const watch = new LampWatch(context);
  const queue = new ReadQueue();
  const nights = new LampNights(context, queue);
  let stop = (): void => {};
  app.addHook('onReady', async () => {
    stop = watch.start();
  });
  app.addHook('onClose', async () => stop());
  readAhead(app, context, { queue, looks: () => readNightsAhead(context, nights) });
  app.route({
    method: 'GET',
    url: '/api/v1/lighting',
    schema: {
      operationId: 'lighting',
      tags: [tags.lighting],
      summary: 'Lamps and cabinets: states, power, and energy of the night and the last 14',
      querystring: Query,
      response: { 200: Lighting },
    },
    serializerCompiler: whole,
    onRequest: readers(context),
    handler: async ({ query, caller }) => {
      const audience = audienceOf(caller, context.config.publicRead);
      const { provider, group } = query;
      const lamps = visibleOfKind(context, audience, 'light').filter(
        (device) =>
          (provider === undefined || device.provider === provider) &&
          (group === undefined || device.group === group),
      );
      const leftOut = Math.max(0, lamps.length - apiLimits.lampsMax);
      const shown = lamps.slice(0, apiLimits.lampsMax);
      return gate(() => lightingOf(context, shown, { watch, nights, leftOut }));
    },
  });
}
