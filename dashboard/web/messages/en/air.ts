import type { deAir } from '../de/air.ts';

/** English, of the air screen. */
export const enAir: typeof deAir = {
  title: 'Air',
};
