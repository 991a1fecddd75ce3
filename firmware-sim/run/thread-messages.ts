import type { PlannedDevice } from '../fleet.ts';
import type { CrewConfig, CrewStart, CrewState } from './crew.ts';
import type { DeviceResult } from './ledger.ts';

/** What a thread begins with. */
export interface ThreadData {
  groups: PlannedDevice[][];
  config: CrewConfig;
}

/** To a thread. */
export type Order = { order: 'run'; start: CrewStart } | { order: 'stop' };

/** From a thread. */
export type News =
  | { news: 'connected' }
  | { news: 'failed'; why: string }
  | { news: 'state'; state: CrewState }
  | { news: 'finished' }
  | { news: 'stopped'; results: DeviceResult[]; state: CrewState };

/** Threads say how far they are so often. */
export const newsEveryMs = 250;
