import type { LampState } from '../../../broker/contract/lighting.ts';
import { lightRuleSet as rules } from './rule-set.ts';

/** What of a lamp says whether its cabinet has supply. */
export interface CabinetLamp {
  state: LampState;
  /** Null: it does not measure its supply. */
  voltageV: number | null;
}

/**
 * Whether a cabinet has supply: not, when most of the lamps that can tell lost it at once; then that is one fault,
 * not one of each lamp. Null when no lamp can tell. Silent lamps say nothing.
 */
export function cabinetHasSupply(lamps: Iterable<CabinetLamp>): boolean | null {
  let [telling, lost] = [0, 0];
  for (const { state, voltageV } of lamps) {
    if (state === 'unknown' || voltageV === null) continue;
    telling++;
    if (state === 'supply-loss') lost++;
  }
  if (telling === 0) return null;
  return !(lost >= rules.cabinetLampsMin && lost > rules.cabinetShare * telling);
}
