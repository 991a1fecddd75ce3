/** German, of the past day on the map. */
export const dePlayback = {
  start: 'Letzte 24 h abspielen',
  title: 'Wiedergabe',
  notLive: 'nicht live',
  play: 'Abspielen',
  hold: 'Anhalten',
  live: 'Zurück zu live',
  hour: 'Stunde',
  failed: 'Die Wiedergabe konnte nicht geladen werden.',
  valuesThen: 'Werte in dieser Stunde',
  nothingThen: 'In dieser Stunde wurde nichts gemessen.',
  how: 'Stundenmittel; von Zuständen der letzte der Stunde.',
  toDevice: 'Zur Seite des Geräts',
  span: (from: string, to: string) => `${from} bis ${to} Uhr`,
};
