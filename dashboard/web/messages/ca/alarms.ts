import type { deAlarms } from '../de/alarms.ts';

/** Catalan, of the alarms screen. */
export const caAlarms: typeof deAlarms = {
  title: 'Alarmes',
};
