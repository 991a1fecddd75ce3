import type { dePlayback } from '../de/playback.ts';

/** Catalan, of the past day on the map. */
export const caPlayback: typeof dePlayback = {
  start: 'Reprodueix les últimes 24 h',
  title: 'Reproducció',
  notLive: 'no és en directe',
  play: 'Reprodueix',
  hold: 'Atura',
  live: 'Torna al directe',
  hour: 'Hora',
  failed: 'No s’ha pogut carregar la reproducció.',
  valuesThen: 'Valors d’aquesta hora',
  nothingThen: 'No es va mesurar res en aquesta hora.',
  how: 'Mitjanes horàries; dels estats, l’últim de l’hora.',
  toDevice: 'A la pàgina del dispositiu',
  span: (from, to) => `de ${from} a ${to}`,
};
