import { type QualityFlag, qualityFlags } from '../../../broker/contract/quality.ts';

/**
 * Validity of a reported value (dd.eionet.europa.eu/vocabulary/aq/observationvalidity): valid is 1 and more.
 */
export const eeaValidity = {
  maintenance: -99,
  notValid: -1,
  valid: 1,
  belowDetection: 2,
  belowDetectionHalved: 3,
  validOzoneScale: 4,
} as const;
export type EeaValidity = (typeof eeaValidity)[keyof typeof eeaValidity];

/** Verification of a reported value. Only a person sets the first two. */
export const eeaVerification = { verified: 1, preliminary: 2, notVerified: 3 } as const;

/** What an automatic flag means to the EEA: good, not evaluated and suspect are valid, but not verified. */
export function validityOfFlag(flag: QualityFlag, isMaintenance = false): EeaValidity {
  if (isMaintenance) return eeaValidity.maintenance;
  const isLost = flag === qualityFlags.bad || flag === qualityFlags.missing;
  return isLost ? eeaValidity.notValid : eeaValidity.valid;
}

/** Validity of an hour, a day or any aggregate: not valid when nothing or too little was captured. */
export function validityOfAggregate(
  { value, capture }: { value: number | null; capture: number },
  captureMin: number,
  isMaintenance = false,
): EeaValidity {
  if (isMaintenance) return eeaValidity.maintenance;
  return value === null || capture < captureMin ? eeaValidity.notValid : eeaValidity.valid;
}

/** Whether a reported value may be used. */
export function isValid(validity: number): boolean {
  return validity >= eeaValidity.valid;
}
