import type { Messages } from './catalogue.ts';
import { esAdmin } from './es/admin.ts';
import { esAir } from './es/air.ts';
import { esAlarms } from './es/alarms.ts';
import { esChart } from './es/chart.ts';
import { esCore } from './es/core.ts';
import { esDevice } from './es/device.ts';
import { esHelp } from './es/help.ts';
import { esLight } from './es/light.ts';
import { esPlayback } from './es/playback.ts';
import { esExport, esSeries } from './es/series.ts';
import { esShell } from './es/shell.ts';
import { esStatus } from './es/status.ts';
import { esWaste } from './es/waste.ts';

/** Spanish. */
export const es: Messages = {
  ...esCore,
  shell: esShell,
  series: esSeries,
  export: esExport,
  charts: esChart,
  playback: esPlayback,
  air: esAir,
  light: esLight,
  waste: esWaste,
  alarms: esAlarms,
  device: esDevice,
  status: esStatus,
  admin: esAdmin,
  help: esHelp,
};
