/** German, of the alarms screen. */
export const deAlarms = {
  title: 'Alarme',
};
