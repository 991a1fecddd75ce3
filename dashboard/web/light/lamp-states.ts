import type { LampState } from '../../../broker/contract/lighting.ts';
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

const fault = (tone: 1 | 2 | 3): Look => ({ shape: 'diamond', form: 'solid', tone });

/** Dark where there should be light is urgent, light where there need be none is not; what is calm is grey. */
export const lampLooks: Readonly<Record<LampState, Look>> = {
  'supply-loss': fault(3),
  failed: fault(2),
  'day-burner': fault(1),
  'unexpected-on': fault(1),
  'dark-at-night': fault(2),
  cycling: fault(1),
  'power-high': fault(1),
  'power-low': fault(1),
  'power-factor-low': fault(1),
  'voltage-high': fault(1),
  'voltage-low': fault(1),
  unknown: { shape: 'diamond', form: 'crossed', tone: 0 },
  on: { shape: 'diamond', form: 'solid', tone: 0 },
  off: { shape: 'dot', form: 'solid', tone: 0 },
};

const calm: ReadonlySet<LampState> = new Set(['unknown', 'on', 'off']);

/** True for what somebody has to look after. Silence is none of it: it is said apart. */
export function isFault(state: LampState): boolean {
  return !calm.has(state);
}

/** 0 is the worst. */
export function rankOf(state: LampState): number {
  return lampStates.indexOf(state);
}
