import type { RuleSetName } from '../../../broker/contract/air.ts';
import { eu2008 } from './eu-2008-50.ts';
import { eu2024 } from './eu-2024-2881.ts';
import type { LimitValue, RuleSet, Threshold } from './limit-value.ts';
import type { Pollutant } from './pollutants.ts';
import { who2021 } from './who-2021.ts';

const ruleSets: Readonly<Record<RuleSetName, RuleSet>> = {
  'EU-2008-50': eu2008,
  'EU-2024-2881': eu2024,
  'WHO-2021': who2021,
};

/** A set of limit values by its versioned name. */
export function ruleSetOf(name: RuleSetName): RuleSet {
  return ruleSets[name];
}

export function limitsFor(name: RuleSetName, pollutant: Pollutant): LimitValue[] {
  return ruleSets[name].limits.filter((limit) => limit.pollutant === pollutant);
}

export function thresholdsFor(name: RuleSetName, pollutant: Pollutant): Threshold[] {
  return ruleSets[name].thresholds.filter((threshold) => threshold.pollutant === pollutant);
}
