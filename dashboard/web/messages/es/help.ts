import type { deHelp } from '../de/help.ts';

/** Spanish, of the help screen. */
export const esHelp: typeof deHelp = {
  title: 'Ayuda',
};
