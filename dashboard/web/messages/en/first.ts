import type { deFirst } from '../de/first.ts';
import { enAlarms } from './alarms.ts';
import { enChart } from './chart.ts';
import { enCore } from './core.ts';
import { enLight } from './light.ts';
import { enPlayback } from './playback.ts';
import { enExport, enSeries } from './series.ts';
import { enShell } from './shell.ts';
import { enWaste } from './waste.ts';

/** English, of what is on the screen first: the frame, the overview, charts, alarms. */
export const enFirst: typeof deFirst = {
  ...enCore,
  shell: enShell,
  series: enSeries,
  export: enExport,
  charts: enChart,
  playback: enPlayback,
  alarms: enAlarms,
  waste: enWaste,
  light: enLight,
};
