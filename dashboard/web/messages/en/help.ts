import type { deHelp } from '../de/help.ts';

/** English, of the help screen. */
export const enHelp: typeof deHelp = {
  title: 'Help',
};
