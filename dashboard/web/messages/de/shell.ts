/** German, of what frames every screen. */
export const deShell = {
  overview: 'Übersicht',
  export: 'Export',
  menu: 'Hauptmenü',
  more: 'Mehr',
  failed: 'Diese Ansicht konnte nicht geladen werden.',
  needsSignIn: 'Dafür bitte anmelden.',
  skipToContent: 'Zum Inhalt springen',
  openAlarms: (count: string) => `${count} offene Alarme`,
  copyLink: 'Link kopieren',
  copyLinkHint: 'Der Link zeigt genau diese Ansicht',
  linkCopied: 'Link kopiert',
  copyFailed: 'Der Browser lässt das Kopieren nicht zu; der Link steht in der Adresszeile.',
  keyboard: 'Tastenkürzel',
  keysOn: 'Tastenkürzel aus einem Zeichen benutzen',
  keysOffHint:
    'Ausgeschaltet wirken nur noch die Tasten, die in Liste, Karte und Verlauf gelten, und Escape.',
  andThen: 'dann',
  keys: {
    search: 'Suche',
    help: 'Diese Tastenkürzel zeigen',
    pause: 'Anhalten und weiter',
    escape: 'Schließen, Auswahl aufheben, zurück',
    list: 'In der Liste: voriges und nächstes Gerät',
    choose: 'In der Liste: Gerät auswählen',
    map: 'Auf der Karte: verschieben',
    zoom: 'Auf der Karte: näher, weiter weg',
    chart: 'Im Verlauf: Zeiger bewegen',
  },
  keyNames: { enter: 'Eingabe', space: 'Leertaste' },
  goTo: (screen: string) => `Zu: ${screen}`,
  printed: (time: string) => `Stand ${time}`,
  printedFrom: (address: string) => `Quelle: ${address}`,
  printedRows: (shown: string, total: string) => `Gedruckt: ${shown} von ${total} Geräten`,
  noConnection: (time: string) =>
    `Keine Verbindung seit ${time}. Was hier steht, ist von davor; Neueres gibt es nicht.`,
  neverConnected: (time: string) =>
    `Keine Verbindung seit ${time}. Es werden keine Werte gezeigt, auch keine alten.`,
  backWhenReached: 'Sobald der Server erreicht ist, geht es von selbst weiter.',
  embed: 'Auf anderen Seiten zeigen',
  embedHint:
    'Diese Zeile zeigt Wert, Alter und 24 Stunden auf jeder Seite, ohne Anmeldung und ohne Cookies.',
};
