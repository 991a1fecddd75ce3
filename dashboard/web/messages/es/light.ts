import type { deLight } from '../de/light.ts';

/** Spanish, of the light screen. */
export const esLight: typeof deLight = {
  title: 'Alumbrado',
};
