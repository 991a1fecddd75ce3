import type { deDevice } from '../de/device.ts';

/** English, of the device screen. */
export const enDevice: typeof deDevice = {
  title: 'Device',
};
