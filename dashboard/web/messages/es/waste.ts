import type { deWaste } from '../de/waste.ts';

/** Spanish, of the waste screen. */
export const esWaste: typeof deWaste = {
  title: 'Residuos',
};
