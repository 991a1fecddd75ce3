/** German, of the admin screen. */
export const deAdmin = {
  title: 'Verwaltung',
};
