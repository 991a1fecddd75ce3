import type { deAdmin } from '../de/admin.ts';

/** Spanish, of the admin screen. */
export const esAdmin: typeof deAdmin = {
  title: 'Administración',
};
