import { z } from 'zod';

/**
 * How particle values of an optical sensor are corrected for humidity. The raw series stays as it is; corrected
 * values are series of their own (`pm2_5_corrected`, `pm10_corrected`). Coefficients are local: default is none.
 */
export const Correction = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('koehler').describe('growth by humidity after Crilley et al. 2018'),
    kappa: z.number().min(0.2).max(0.4).default(0.3).describe('hygroscopicity of the aerosol'),
  }),
  z.strictObject({
    method: z
      .literal('barkjohn')
      .describe('US EPA for PurpleAir, Barkjohn et al. 2021: PM2.5 of Plantower sensors only'),
  }),
]);
export type Correction = z.infer<typeof Correction>;

/** From `since` on (arrival, epoch ms UTC) values were corrected like this; null: not at all. */
export const CorrectionPeriod = z.object({ since: z.int(), correction: Correction.nullable() });
export type CorrectionPeriod = z.infer<typeof CorrectionPeriod>;

/** Changes of its correction that a device's record holds; a further one is refused. */
export const correctionPeriodsMax = 100;

interface Corrected {
  model?: string | undefined;
  createdAt: number;
  correction?: Correction | undefined;
  corrections?: CorrectionPeriod[] | undefined;
}

/**
 * The correction for a message by its arrival: what holds by the device's record, so that replaying gives the
 * same values and the coefficient of each stored value can be told later from its `receivedAt`.
 */
export function correctionAt(device: Corrected, receivedAt: number): Correction | undefined {
  const periods = device.corrections;
  if (!periods || periods.length === 0) return device.correction;
  for (let index = periods.length - 1; index >= 0; index--) {
    const period = periods[index];
    if (period && period.since <= receivedAt) return period.correction ?? undefined;
  }
  return undefined;
}

/** The record `next` with its history, which goes on from that of `before`. The instants of changes only rise. */
export function withCorrectionPeriods<D extends Corrected>(
  next: D,
  before: Corrected | undefined,
  now: number,
): D {
  const { corrections: _, ...description } = next;
  const periods = before?.corrections ?? [];
  const current = next.correction ?? null;
  const newest = periods.at(-1);
  const isSame = JSON.stringify(newest?.correction ?? null) === JSON.stringify(current);
  const since = Math.max(now, newest?.since ?? 0);
  const corrections = isSame ? periods : [...periods, { since, correction: current }];
  return (corrections.length === 0 ? description : { ...description, corrections }) as D;
}

/** Why a correction does not fit the device, as a sentence, or undefined when it does. */
export function correctionFault(device: Corrected): string | undefined {
  if (device.correction?.method === 'barkjohn' && !plantowerPattern.test(device.model ?? '')) {
    return (
      'barkjohn holds for Plantower sensors (PurpleAir, PMS5003, PMS7003) only, ' +
      `got model ${JSON.stringify(device.model ?? null)}; use koehler`
    );
  }
  if ((device.corrections?.length ?? 0) > correctionPeriodsMax) {
    return `the correction has been changed ${correctionPeriodsMax} times; register the device anew`;
  }
  return undefined;
}

/** Sensors that Barkjohn et al. 2021 made their fit for, as makers write them: `PMS5003`, `PMSx003`, `PurpleAir PA-II`. */
export const plantowerPattern = /plantower|\bpms[-\s]?[x\d]0?\d?3|purple\s?air/i;
