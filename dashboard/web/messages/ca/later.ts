import type { deLater } from '../de/later.ts';
import { caAdmin } from './admin.ts';
import { caAir } from './air.ts';
import { caDevice } from './device.ts';
import { caHelp } from './help.ts';
import { caStatus } from './status.ts';

/** Catalan, of the other screens: loaded with the first of them. */
export const caLater: typeof deLater = {
  air: caAir,
  device: caDevice,
  status: caStatus,
  admin: caAdmin,
  help: caHelp,
};
