/** German, of the light screen. */
export const deLight = {
  title: 'Licht',
};
