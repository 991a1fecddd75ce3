import type { deLater } from '../de/later.ts';
import { esAdmin } from './admin.ts';
import { esAir } from './air.ts';
import { esDevice } from './device.ts';
import { esHelp } from './help.ts';
import { esStatus } from './status.ts';

/** Spanish, of the other screens: loaded with the first of them. */
export const esLater: typeof deLater = {
  air: esAir,
  device: esDevice,
  status: esStatus,
  admin: esAdmin,
  help: esHelp,
};
