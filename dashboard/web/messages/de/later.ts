import { deAdmin } from './admin.ts';
import { deAir } from './air.ts';
import { deDevice } from './device.ts';
import { deHelp } from './help.ts';
import { deStatus } from './status.ts';

/** German, of the other screens: loaded with the first of them. */
export const deLater = {
  air: deAir,
  device: deDevice,
  status: deStatus,
  admin: deAdmin,
  help: deHelp,
};
