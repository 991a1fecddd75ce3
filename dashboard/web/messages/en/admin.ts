import type { deAdmin } from '../de/admin.ts';

/** English, of the admin screen. */
export const enAdmin: typeof deAdmin = {
  title: 'Administration',
};
