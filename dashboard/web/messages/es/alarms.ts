import type { deAlarms } from '../de/alarms.ts';

/** Spanish, of the alarms screen. */
export const esAlarms: typeof deAlarms = {
  title: 'Alarmas',
};
