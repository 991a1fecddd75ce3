import type { Random } from '../../firmware-sim/random.ts';
import type { Trouble } from './options.ts';

/** One trouble, drawn before it is made. */
export interface Step {
  trouble: Trouble;
  /** Index of the process that is killed or paused. */
  victim: number;
  /**
   * `load`: the platform was ready and acknowledged something since its last start.
   * `recovery`: so long after the last start of any process as `waitMs` says, ready or not.
   */
  phase: 'load' | 'recovery';
  /** Time of load, or since the start, before the trouble. */
  waitMs: number;
  /** How long a pause, an outage or a full disk lasts. */
  lastMs: number;
  /** A `kill -9` on top, in the midst of a pause, an outage or a full disk … */
  withKill: boolean;
  /** … of this process, which may be another one than the victim. */
  killed: number;
}

const recoveryShare = 0.35;
const withKillShare = 0.35;
/** The issue asks for a second kill within 0 to 2 s after a restart. */
const recoveryMsMax = 2_000;
const loadMsMax = 2_500;
const troubleMs = { min: 500, max: 5_000 };

/** Draws the next trouble. The number of draws is the same for every outcome, so that a seed stays comparable. */
export function drawStep(
  random: Random,
  choice: { troubles: readonly Trouble[]; processes: number },
): Step {
  const trouble = choice.troubles[random.index(choice.troubles.length)] ?? 'kill';
  const phase = random.next() < recoveryShare ? 'recovery' : 'load';
  const wait = random.next();
  return {
    trouble,
    phase,
    victim: random.index(choice.processes),
    waitMs: Math.round(phase === 'recovery' ? wait * recoveryMsMax : 200 + wait * loadMsMax),
    lastMs: Math.round(random.between(troubleMs.min, troubleMs.max)),
    withKill: random.next() < withKillShare && trouble !== 'kill',
    killed: random.index(choice.processes),
  };
}
