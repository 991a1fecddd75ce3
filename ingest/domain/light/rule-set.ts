import type { Lamp } from '../../../broker/contract/lighting.ts';

/**
 * What lamps are judged by. A change of any number here is a new version. `Lamp` of a device lays its own over
 * those that depend on the lamp's type.
 */
export const lightRuleSet = {
  version: 'SP-LIGHT-2026.1',
  /** A state must persist so long, in event time, before it stands (TALQ lamp monitor; ours). */
  confirmMs: 300_000,
  /** Silence of more than so many intervals: nothing is known of the lamp. */
  silentIntervals: 3,
  /** Share of nominal power that an LED driver draws whatever the light, and the share that follows the light. */
  driverShare: 0.05,
  lightShare: 0.95,
  /** Below this share of the expected power a burning lamp is none. */
  failedShare: 0.1,
  /** Above this share of the nominal power (and above its standby) a lamp burns. */
  burningShare: 0.1,
  /** Nominal supply and its band: EN 50160, ±10 %. */
  supplyV: 230,
  supplyMinV: 207,
  supplyMaxV: 253,
  /** Below this share of the nominal voltage there is no supply. */
  supplyLossShare: 0.1,
  /** LED drivers have a low power factor when dimmed: it is judged from this light on. */
  powerFactorFromShare: 0.5,
  /** So many changes between burning and dark, while commanded on, within the time: it cycles. */
  cyclingChanges: 4,
  cyclingMs: 3_600_000,
  /** How much deeper than its switching angle the sun must stand before darkness is a fault: lamps of a city do not switch at once. */
  darkGraceDeg: 2,
  /** A cabinet has lost its supply when more than this share of its lamps did, and at least so many. */
  cabinetShare: 0.5,
  cabinetLampsMin: 2,
} as const;

/** What of a lamp's type decides; defaults where its owner says nothing. */
export interface LampParameters {
  /** Undefined: what is judged by power is not judged. */
  nominalPowerW: number | undefined;
  standbyPowerW: number;
  powerToleranceShare: number;
  warmUpMs: number;
  powerFactorMin: number;
  switchingAngleDeg: number;
}

export function lampParameters(lamp: Lamp | undefined): LampParameters {
  return {
    nominalPowerW: lamp?.nominalPowerW,
    standbyPowerW: lamp?.standbyPowerW ?? 1,
    powerToleranceShare: lamp?.powerToleranceShare ?? 0.25,
    warmUpMs: lamp?.warmUpMs ?? 120_000,
    powerFactorMin: lamp?.powerFactorMin ?? 0.8,
    switchingAngleDeg: lamp?.switchingAngleDeg ?? -4,
  };
}

/** Above this elevation of the sun it is day for the lamp. */
export function dayFromDeg({
  switchingAngleDeg,
}: Pick<LampParameters, 'switchingAngleDeg'>): number {
  return Math.max(0, switchingAngleDeg);
}

/** Below this one it must be lit. */
export function nightBelowDeg({
  switchingAngleDeg,
}: Pick<LampParameters, 'switchingAngleDeg'>): number {
  return switchingAngleDeg - lightRuleSet.darkGraceDeg;
}
