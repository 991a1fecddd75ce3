import type { deFirst } from '../de/first.ts';
import { esAlarms } from './alarms.ts';
import { esChart } from './chart.ts';
import { esCore } from './core.ts';
import { esLight } from './light.ts';
import { esPlayback } from './playback.ts';
import { esExport, esSeries } from './series.ts';
import { esShell } from './shell.ts';
import { esWaste } from './waste.ts';

/** Spanish, of what is on the screen first: the frame, the overview, charts, alarms. */
export const esFirst: typeof deFirst = {
  ...esCore,
  shell: esShell,
  series: esSeries,
  export: esExport,
  charts: esChart,
  playback: esPlayback,
  alarms: esAlarms,
  waste: esWaste,
  light: esLight,
};
