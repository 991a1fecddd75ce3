/** German, of the waste screen. */
export const deWaste = {
  title: 'Abfall',
};
