import { z } from 'zod';
import { wasteStreams } from '../sensors/waste.ts';
import { Offset, Share, Span } from './span.ts';

/** How strong it is: 1 as it usually is. */
const strength = z.number().positive().max(10).default(1);
const time = { after: Offset, lasts: Span };

/**
 * What happens in the city, beside what its seed brings. `share` is a part of the cabinets, bins or lamps; the
 * sky is over all of them.
 */
const AnyEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('weather-front'), ...time, strength }),
  z.strictObject({ event: z.literal('inversion'), ...time, strength }),
  z.strictObject({ event: z.literal('rush-hour'), ...time, strength }),
  /** `after` is midnight; `lasts` how long rockets go up from then on, most of them at once. */
  z.strictObject({ event: z.literal('fireworks'), ...time, strength }),
  z.strictObject({ event: z.literal('cabinet-outage'), ...time, share: Share }),
  z.strictObject({ event: z.literal('lamp-failures'), ...time, share: Share }),
  z.strictObject({ event: z.literal('fire'), ...time, share: Share }),
  /** Within `lasts` the tour comes to each bin of the streams. */
  z.strictObject({
    event: z.literal('emptying-tour'),
    ...time,
    share: Share.default(1),
    streams: z
      .array(z.enum(wasteStreams))
      .min(1)
      .default([...wasteStreams]),
  }),
]);

/** One thing that happens in the world, by its time since the start. */
export const ScenarioEvent = AnyEvent.transform(({ after, lasts, ...rest }) => ({
  ...rest,
  afterMs: after,
  lastsMs: lasts,
}));
export type ScenarioEvent = z.infer<typeof ScenarioEvent>;
