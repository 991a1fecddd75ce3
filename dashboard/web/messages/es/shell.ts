import type { deShell } from '../de/shell.ts';

/** Spanish, of what frames every screen. */
export const esShell: typeof deShell = {
  overview: 'Resumen',
  export: 'Exportación',
  menu: 'Menú principal',
  more: 'Más',
  failed: 'No se ha podido cargar esta vista.',
  needsSignIn: 'Hay que iniciar sesión.',
};
