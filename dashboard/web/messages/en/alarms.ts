import type { deAlarms } from '../de/alarms.ts';

/** English, of the alarms screen. */
export const enAlarms: typeof deAlarms = {
  title: 'Alarms',
};
