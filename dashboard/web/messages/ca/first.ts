import type { deFirst } from '../de/first.ts';
import { caAlarms } from './alarms.ts';
import { caChart } from './chart.ts';
import { caCore } from './core.ts';
import { caLight } from './light.ts';
import { caPlayback } from './playback.ts';
import { caExport, caSeries } from './series.ts';
import { caShell } from './shell.ts';
import { caWaste } from './waste.ts';

/** Catalan, of what is on the screen first: the frame, the overview, charts, alarms. */
export const caFirst: typeof deFirst = {
  ...caCore,
  shell: caShell,
  series: caSeries,
  export: caExport,
  charts: caChart,
  playback: caPlayback,
  alarms: caAlarms,
  waste: caWaste,
  light: caLight,
};
