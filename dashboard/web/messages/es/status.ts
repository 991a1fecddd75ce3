import type { deStatus } from '../de/status.ts';

/** Spanish, of the status screen. */
export const esStatus: typeof deStatus = {
  title: 'Estado',
};
