import type { deWaste } from '../de/waste.ts';

/** Catalan, of the waste screen. */
export const caWaste: typeof deWaste = {
  title: 'Residus',
};
