import type { deLight } from '../de/light.ts';

/** Catalan, of the light screen. */
export const caLight: typeof deLight = {
  title: 'Enllumenat',
};
