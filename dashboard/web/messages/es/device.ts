import type { deDevice } from '../de/device.ts';

/** Spanish, of the device screen. */
export const esDevice: typeof deDevice = {
  title: 'Dispositivo',
};
