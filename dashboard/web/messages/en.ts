import type { Messages } from './catalogue.ts';
import { enAdmin } from './en/admin.ts';
import { enAir } from './en/air.ts';
import { enAlarms } from './en/alarms.ts';
import { enChart } from './en/chart.ts';
import { enCore } from './en/core.ts';
import { enDevice } from './en/device.ts';
import { enHelp } from './en/help.ts';
import { enLight } from './en/light.ts';
import { enPlayback } from './en/playback.ts';
import { enExport, enSeries } from './en/series.ts';
import { enShell } from './en/shell.ts';
import { enStatus } from './en/status.ts';
import { enWaste } from './en/waste.ts';

/** English. */
export const en: Messages = {
  ...enCore,
  shell: enShell,
  series: enSeries,
  export: enExport,
  charts: enChart,
  playback: enPlayback,
  air: enAir,
  light: enLight,
  waste: enWaste,
  alarms: enAlarms,
  device: enDevice,
  status: enStatus,
  admin: enAdmin,
  help: enHelp,
};
