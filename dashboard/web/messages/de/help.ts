/** German, of the help screen. */
export const deHelp = {
  title: 'Hilfe',
};
