/** German, of the status screen. */
export const deStatus = {
  title: 'Betrieb',
};
