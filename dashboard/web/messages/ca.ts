import { caAdmin } from './ca/admin.ts';
import { caAir } from './ca/air.ts';
import { caAlarms } from './ca/alarms.ts';
import { caChart } from './ca/chart.ts';
import { caCore } from './ca/core.ts';
import { caDevice } from './ca/device.ts';
import { caHelp } from './ca/help.ts';
import { caLight } from './ca/light.ts';
import { caPlayback } from './ca/playback.ts';
import { caExport, caSeries } from './ca/series.ts';
import { caShell } from './ca/shell.ts';
import { caStatus } from './ca/status.ts';
import { caWaste } from './ca/waste.ts';
import type { Messages } from './catalogue.ts';

/** Catalan. */
export const ca: Messages = {
  ...caCore,
  shell: caShell,
  series: caSeries,
  export: caExport,
  charts: caChart,
  playback: caPlayback,
  air: caAir,
  light: caLight,
  waste: caWaste,
  alarms: caAlarms,
  device: caDevice,
  status: caStatus,
  admin: caAdmin,
  help: caHelp,
};
