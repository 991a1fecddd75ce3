import type { deLater } from '../de/later.ts';
import { enAdmin } from './admin.ts';
import { enAir } from './air.ts';
import { enDevice } from './device.ts';
import { enHelp } from './help.ts';
import { enStatus } from './status.ts';

/** English, of the other screens: loaded with the first of them. */
export const enLater: typeof deLater = {
  air: enAir,
  device: enDevice,
  status: enStatus,
  admin: enAdmin,
  help: enHelp,
};
