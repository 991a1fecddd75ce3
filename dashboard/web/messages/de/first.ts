import { deAlarms } from './alarms.ts';
import { deChart } from './chart.ts';
import { deCore } from './core.ts';
import { deLight } from './light.ts';
import { dePlayback } from './playback.ts';
import { deExport, deSeries } from './series.ts';
import { deShell } from './shell.ts';
import { deWaste } from './waste.ts';

/** German, of what is on the screen first: the frame, the overview, charts, alarms. */
export const deFirst = {
  ...deCore,
  shell: deShell,
  series: deSeries,
  export: deExport,
  charts: deChart,
  playback: dePlayback,
  alarms: deAlarms,
  waste: deWaste,
  light: deLight,
};
