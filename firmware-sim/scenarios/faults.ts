import { z } from 'zod';
import { badPayloadNames } from '../behaviour/bad-payloads.ts';
import { Offset, Share, Span } from './span.ts';

/** One of so many messages or samples. */
const oneIn = z.int().min(1).max(1_000_000);

/** A clock that drifts is off by so much at the most. */
export const driftMsMax = 30_000;

const Reboots = z
  .strictObject({
    share: Share,
    every: Span,
    downtime: Span,
    /** Whether counters (energy, hours) live in memory and begin at 0 again. */
    counters: z.enum(['kept', 'restart']).default('kept'),
  })
  .transform(({ every, downtime, ...rest }) => ({
    ...rest,
    everyMs: every,
    downtimeMs: downtime,
  }));

const ClockSkew = z
  .strictObject({ share: Share, max: Span })
  .transform(({ share, max }) => ({ share, maxMs: max }));

const ClockDrift = z
  .strictObject({ share: Share, ppm: z.number().positive().max(100_000), syncEvery: Span })
  .refine(({ ppm, syncEvery }) => (ppm / 1e6) * syncEvery <= driftMsMax, {
    message: 'must come to 30 s at most between two synchronisations',
    path: ['ppm'],
  })
  .transform(({ share, ppm, syncEvery }) => ({ share, ppm, syncEveryMs: syncEvery }));

const UplinkOutage = z
  .strictObject({
    after: Offset,
    lasts: Span,
    share: Share,
    /** Samples that a device remembers meanwhile, the newest; 0: it has no memory. */
    keepsMax: z.int().min(0).max(1_000).default(500),
  })
  .transform(({ after, lasts, ...rest }) => ({ ...rest, afterMs: after, lastsMs: lasts }));

const OutOfOrder = z
  .strictObject({ share: Share, oneIn, late: Span })
  .transform(({ share, oneIn, late }) => ({ share, oneIn, lateMs: late }));

const BadPayloads = z.strictObject({
  share: Share,
  oneIn,
  kinds: z
    .array(z.enum(badPayloadNames))
    .min(1)
    .default([...badPayloadNames]),
});

const Flood = z
  .strictObject({
    after: Offset,
    lasts: Span,
    share: Share,
    perSecond: z.number().min(1).max(500),
  })
  .transform(({ after, lasts, ...rest }) => ({ ...rest, afterMs: after, lastsMs: lasts }));

const Stuck = z
  .strictObject({ share: Share, every: Span, lasts: Span })
  .transform(({ share, every, lasts }) => ({ share, everyMs: every, lastsMs: lasts }));

/** What is wrong with the devices: firmware, clocks, uplink. What is left out does not happen. */
export const Faults = z.strictObject({
  /** Each about once in `every`: a gap, the last will, `online` again, sensors that warm up. */
  reboots: Reboots.optional(),
  /** A clock that is wrong by up to `max`, either way, and stays so. */
  clockSkew: ClockSkew.optional(),
  /** A clock that runs fast or slow, and jumps to the right time every `syncEvery`. */
  clockDrift: ClockDrift.optional(),
  /** No way out for a while; what was remembered comes as batches afterwards. */
  uplinkOutages: z.array(UplinkOutage).max(100).default([]),
  /** A message is sent twice. */
  duplicates: z.strictObject({ share: Share, oneIn }).optional(),
  /** A message comes after later ones. */
  outOfOrder: OutOfOrder.optional(),
  /** A malformed message beside a good one; kinds as in `behaviour/bad-payloads`. */
  badPayloads: BadPayloads.optional(),
  /** Messages a second of a device gone mad. */
  floods: z.array(Flood).max(100).default([]),
  sensors: z
    .strictObject({
      /** Reads more (or less) by this share of the value each day since the start. */
      drift: z.strictObject({ share: Share, perDay: z.number().positive().max(1) }).optional(),
      /** Says the same value again and again. */
      stuck: Stuck.optional(),
      /** One sample of many is `factor` times what it should be. */
      spikes: z
        .strictObject({ share: Share, oneIn, factor: z.number().min(1.5).max(100) })
        .optional(),
    })
    .default({}),
});
export type Faults = z.infer<typeof Faults>;
