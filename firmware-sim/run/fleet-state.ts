import { Accounts } from './accounts.ts';
import type { CrewState } from './crew.ts';

/** How far the whole fleet has come. */
export interface FleetState {
  /** Simulated instant that everything before is done of; undefined when all is done. */
  at: number | undefined;
  connections: number;
  connected: number;
  /** Connections of devices that are off at the moment, as planned. */
  off: number;
  inFlight: number;
  accounts: Accounts;
  /** Of the busiest thread. */
  busyShare: number;
}

/** Parts added up. */
export function sumOf(states: readonly CrewState[]): FleetState {
  const accounts = new Accounts();
  for (const state of states) accounts.merge(state.accounts);
  const sum = (of: (state: CrewState) => number) =>
    states.reduce((total, state) => total + of(state), 0);
  const ats = states.flatMap(({ at }) => (at === undefined ? [] : [at]));
  return {
    at: ats.length === 0 ? undefined : Math.min(...ats),
    connections: sum(({ connections }) => connections),
    connected: sum(({ connected }) => connected),
    off: sum(({ off }) => off),
    inFlight: sum(({ inFlight }) => inFlight),
    accounts,
    busyShare: Math.max(0, ...states.map(({ busyShare }) => busyShare)),
  };
}
