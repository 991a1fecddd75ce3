import type { deDevice } from '../de/device.ts';

/** Catalan, of the device screen. */
export const caDevice: typeof deDevice = {
  title: 'Dispositiu',
};
