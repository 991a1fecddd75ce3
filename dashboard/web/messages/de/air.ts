/** German, of the air screen. */
export const deAir = {
  title: 'Luft',
};
