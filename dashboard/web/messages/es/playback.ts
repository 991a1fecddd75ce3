import type { dePlayback } from '../de/playback.ts';

/** Spanish, of the past day on the map. */
export const esPlayback: typeof dePlayback = {
  start: 'Reproducir las últimas 24 h',
  title: 'Reproducción',
  notLive: 'no es en directo',
  play: 'Reproducir',
  hold: 'Detener',
  live: 'Volver al directo',
  hour: 'Hora',
  failed: 'No se ha podido cargar la reproducción.',
  valuesThen: 'Valores de esta hora',
  nothingThen: 'No se midió nada en esta hora.',
  how: 'Medias horarias; de los estados, el último de la hora.',
  toDevice: 'A la página del dispositivo',
  span: (from, to) => `de ${from} a ${to}`,
};
