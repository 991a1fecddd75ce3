import type { deShell } from '../de/shell.ts';

/** English, of what frames every screen. */
export const enShell: typeof deShell = {
  overview: 'Overview',
  export: 'Export',
  menu: 'Main menu',
  more: 'More',
  failed: 'This view could not be loaded.',
  needsSignIn: 'Please sign in for this.',
};
