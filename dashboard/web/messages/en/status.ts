import type { deStatus } from '../de/status.ts';

/** English, of the status screen. */
export const enStatus: typeof deStatus = {
  title: 'Status',
};
