import type { deShell } from '../de/shell.ts';

/** Catalan, of what frames every screen. */
export const caShell: typeof deShell = {
  overview: 'Resum',
  export: 'Exportació',
  menu: 'Menú principal',
  more: 'Més',
  failed: 'No s’ha pogut carregar aquesta vista.',
  needsSignIn: 'Cal iniciar la sessió.',
};
