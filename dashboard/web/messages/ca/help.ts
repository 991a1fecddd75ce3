import type { deHelp } from '../de/help.ts';

/** Catalan, of the help screen. */
export const caHelp: typeof deHelp = {
  title: 'Ajuda',
};
