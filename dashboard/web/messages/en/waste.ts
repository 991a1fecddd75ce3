import type { deWaste } from '../de/waste.ts';

/** English, of the waste screen. */
export const enWaste: typeof deWaste = {
  title: 'Waste',
};
