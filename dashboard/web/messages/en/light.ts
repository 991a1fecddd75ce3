import type { deLight } from '../de/light.ts';

/** English, of the light screen. */
export const enLight: typeof deLight = {
  title: 'Lighting',
};
