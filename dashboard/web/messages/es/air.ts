import type { deAir } from '../de/air.ts';

/** Spanish, of the air screen. */
export const esAir: typeof deAir = {
  title: 'Aire',
};
