import type { Lamp } from '../../../broker/contract/lighting.ts';
import { type LampParameters, lampParameters, lightRuleSet as rules } from './rule-set.ts';

/** What of a lamp's readings says how it stands. */
export type LampMetric =
  | 'lamp_on'
  | 'lamp_fault'
  | 'dim_level'
  | 'power'
  | 'voltage'
  | 'power_factor';

export const lampMetrics: readonly LampMetric[] = [
  'lamp_on',
  'lamp_fault',
  'dim_level',
  'power',
  'voltage',
  'power_factor',
];

/** The newest value of a metric. */
export interface Sample {
  /** Event time, epoch ms UTC. */
  at: number;
  value: number;
  /** QARTOD primary flag; bad values (4) are as if they were not there. */
  flag?: number;
}

/** The newest values of a lamp; a Map is one. */
export interface LampValues {
  get(metric: LampMetric): Sample | undefined;
}

export interface LampContext {
  /** The instant that is judged: event time on a stream, now on a screen. */
  at: number;
  /** Expected time between messages. */
  intervalMs: number;
  lamp?: Lamp | undefined;
  /** Geometric elevation of the sun (`sunElevation`); null where the lamp's place is not known. */
  sunDeg: number | null;
}

/** What is known of a lamp at an instant. Null: not known. */
export interface LampFacts {
  type: LampParameters;
  /** Switched on, as it says or (without a word of that) as its power shows. */
  isOn: boolean | null;
  /** Commanded on as far as its dim level says. */
  isCommanded: boolean | null;
  /** As its power shows; as it says where that says nothing. */
  isBurning: boolean | null;
  hasFault: boolean;
  /** Share of full light, 0..1. */
  dim: number | null;
  powerW: number | null;
  /** Of its nominal power at its light; of standby while off. */
  expectedPowerW: number | null;
  voltageV: number | null;
  powerFactor: number | null;
  sunDeg: number | null;
}

/** Power of a lamp at a share of full light, 0..1: its driver's, and what follows the light. */
export function powerAtLight(nominalPowerW: number, dim: number): number {
  return nominalPowerW * (rules.driverShare + rules.lightShare * dim);
}

/** How long a value says something of the present. */
export function silentMsMax(intervalMs: number): number {
  return rules.silentIntervals * intervalMs;
}

/** Undefined when the lamp has been silent: then nothing is known. */
export function lampFacts(values: LampValues, context: LampContext): LampFacts | undefined {
  // It is asked for each message of each lamp: no lists, no closures.
  const lampOn = present(values.get('lamp_on'), context);
  const dimPercent = present(values.get('dim_level'), context);
  const powerW = present(values.get('power'), context);
  const fault = present(values.get('lamp_fault'), context);
  const voltageV = present(values.get('voltage'), context);
  const powerFactor = present(values.get('power_factor'), context);
  // `??` gives the first that is known.
  if ((lampOn ?? dimPercent ?? powerW ?? fault ?? voltageV ?? powerFactor) === null)
    return undefined;
  const type = lampParameters(context.lamp);
  const dim = dimPercent === null ? null : dimPercent / 100;
  const isHot = drawsPower(powerW, type);
  const isOn = saysOn(lampOn, dim) ?? isHot;
  return {
    type,
    isOn,
    isCommanded: dim === null ? null : dim > 0,
    isBurning: isHot ?? isOn,
    hasFault: fault === 1,
    dim,
    powerW,
    expectedPowerW: expectedPowerW(type, isOn, dim),
    voltageV,
    powerFactor,
    sunDeg: context.sunDeg,
  };
}

function present(sample: Sample | undefined, { at, intervalMs }: LampContext): number | null {
  if (!sample || sample.flag === 4 || at - sample.at > silentMsMax(intervalMs)) return null;
  return sample.value;
}

/** Controllers remember the dim level while the lamp is off: `lamp_on` has the first word, a level of 0 the second. */
function saysOn(lampOn: number | null, dim: number | null): boolean | null {
  if (lampOn === null) return dim === null ? null : dim > 0;
  return lampOn === 1 && dim !== 0;
}

function drawsPower(
  powerW: number | null,
  { nominalPowerW, standbyPowerW }: LampParameters,
): boolean | null {
  if (powerW === null || nominalPowerW === undefined) return null;
  return powerW > Math.max(rules.burningShare * nominalPowerW, standbyPowerW);
}

/** A lamp that reports no dim level is taken to be at full light. */
function expectedPowerW(
  { nominalPowerW, standbyPowerW }: LampParameters,
  isOn: boolean | null,
  dim: number | null,
): number | null {
  if (nominalPowerW === undefined || isOn === null) return null;
  return isOn ? powerAtLight(nominalPowerW, dim ?? 1) : standbyPowerW;
}
