import type { deAir } from '../de/air.ts';

/** Catalan, of the air screen. */
export const caAir: typeof deAir = {
  title: 'Aire',
};
