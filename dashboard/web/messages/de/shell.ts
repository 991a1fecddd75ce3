/** German, of what frames every screen. */
export const deShell = {
  overview: 'Übersicht',
  export: 'Export',
  menu: 'Hauptmenü',
  more: 'Mehr',
  failed: 'Diese Ansicht konnte nicht geladen werden.',
  needsSignIn: 'Dafür bitte anmelden.',
};
