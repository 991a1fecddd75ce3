import { deAdmin } from './de/admin.ts';
import { deAir } from './de/air.ts';
import { deAlarms } from './de/alarms.ts';
import { deChart } from './de/chart.ts';
import { deCore } from './de/core.ts';
import { deDevice } from './de/device.ts';
import { deHelp } from './de/help.ts';
import { deLight } from './de/light.ts';
import { dePlayback } from './de/playback.ts';
import { deExport, deSeries } from './de/series.ts';
import { deShell } from './de/shell.ts';
import { deStatus } from './de/status.ts';
import { deWaste } from './de/waste.ts';

/** German, and the type of all catalogues: one file for each part of the page. */
export const de = {
  ...deCore,
  shell: deShell,
  series: deSeries,
  export: deExport,
  charts: deChart,
  playback: dePlayback,
  air: deAir,
  light: deLight,
  waste: deWaste,
  alarms: deAlarms,
  device: deDevice,
  status: deStatus,
  admin: deAdmin,
  help: deHelp,
};
