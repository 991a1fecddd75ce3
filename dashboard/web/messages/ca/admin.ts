import type { deAdmin } from '../de/admin.ts';

/** Catalan, of the admin screen. */
export const caAdmin: typeof deAdmin = {
  title: 'Administració',
};
