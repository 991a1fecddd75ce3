import type { deShell } from '../de/shell.ts';

/** Catalan, of what frames every screen. */
export const caShell: typeof deShell = {
  pages: {
    overview: 'Resum',
    air: 'Aire',
    light: 'Enllumenat',
    waste: 'Residus',
    alarms: 'Alarmes',
    device: 'Dispositiu',
    export: 'Exportació',
    status: 'Estat',
    admin: 'Administració',
    help: 'Ajuda',
  },
  menu: 'Menú principal',
  more: 'Més',
  failed: 'No s’ha pogut carregar aquesta vista.',
  needsSignIn: 'Cal iniciar la sessió.',
  skipToContent: 'Ves al contingut',
  openAlarms: (count) => `${count} alarmes obertes`,
  copyLink: 'Copia l’enllaç',
  copyLinkHint: 'L’enllaç mostra exactament aquesta vista',
  linkCopied: 'S’ha copiat l’enllaç',
  copyFailed: 'El navegador no permet copiar; l’enllaç és a la barra d’adreces.',
  keyboard: 'Dreceres de teclat',
  keysOn: 'Fes servir dreceres d’un sol caràcter',
  keysOffHint:
    'Si es desactiven, només tenen efecte Escapada i les tecles de la llista, el mapa i el gràfic.',
  andThen: 'i després',
  keys: {
    search: 'Cerca',
    help: 'Mostra aquestes dreceres',
    pause: 'Atura i reprèn',
    escape: 'Tanca, desfés la selecció, torna enrere',
    list: 'A la llista: dispositiu anterior i següent',
    choose: 'A la llista: tria el dispositiu',
    map: 'Al mapa: desplaça',
    zoom: 'Al mapa: amplia, redueix',
    chart: 'Al gràfic: mou el cursor',
  },
  keyNames: { enter: 'Retorn', space: 'Espai' },
  goTo: (screen) => `Ves a: ${screen}`,
  printed: (time) => `Dades del ${time}`,
  printedFrom: (address) => `Font: ${address}`,
  printedRows: (shown, total) => `Impresos: ${shown} de ${total} dispositius`,
  noConnection: (time) =>
    `Sense connexió des de les ${time}. El que es veu és d’abans; no hi ha res de més nou.`,
  neverConnected: (time) =>
    `Sense connexió des de les ${time}. No es mostra cap valor, tampoc d’antics.`,
  backWhenReached: 'Quan es torni a poder arribar al servidor, continuarà automàticament.',
  embed: 'Mostra-ho en altres pàgines',
  embedHint:
    'Aquesta línia mostra el valor, l’antiguitat i 24 hores en qualsevol pàgina, sense sessió ni galetes.',
};
