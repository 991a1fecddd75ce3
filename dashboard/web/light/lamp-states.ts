import type { LampState } from '../../../broker/contract/lighting.ts';
import { lampSeverity } from '../../../ingest/domain/finding.ts';
import type { Look } from '../state/parts.ts';

/** The contract's list once more, without its schemas, worst first; `lamp-rows.test.ts` holds it to it. */
export const lampStates = [
  'supply-loss',
  'failed',
  'day-burner',
  'unexpected-on',
  'dark-at-night',
  'cycling',
  'power-high',
  'power-low',
  'power-factor-low',
  'voltage-high',
  'voltage-low',
  'unknown',
  'on',
  'off',
] as const satisfies readonly LampState[];

const fault = (state: LampState): Look => ({
  shape: 'diamond',
  form: 'solid',
  tone: lampSeverity[state],
});

export const lampLooks: Readonly<Record<LampState, Look>> = {
  'supply-loss': fault('supply-loss'),
  failed: fault('failed'),
  'day-burner': fault('day-burner'),
  'unexpected-on': fault('unexpected-on'),
  'dark-at-night': fault('dark-at-night'),
  cycling: fault('cycling'),
  'power-high': fault('power-high'),
  'power-low': fault('power-low'),
  'power-factor-low': fault('power-factor-low'),
  'voltage-high': fault('voltage-high'),
  'voltage-low': fault('voltage-low'),
  unknown: { shape: 'diamond', form: 'crossed', tone: 0 },
  on: { shape: 'diamond', form: 'solid', tone: 0 },
  off: { shape: 'dot', form: 'solid', tone: 0 },
};

/** True for what somebody has to look after. Silence is none of it: it is said apart. */
export function isFault(state: LampState): boolean {
  return lampSeverity[state] > 0;
}

/** 0 is the worst. */
export function rankOf(state: LampState): number {
  return lampStates.indexOf(state);
}
