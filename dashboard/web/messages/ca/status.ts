import type { deStatus } from '../de/status.ts';

/** Catalan, of the status screen. */
export const caStatus: typeof deStatus = {
  title: 'Estat',
};
