/** German, of the embeddable tile: a catalogue of its own, so that a tile loads no more than it says. */
export const deEmbed = {
  label: (name: string) => `${name}: Messwert`,
  ago: (length: string) => `vor ${length}`,
  status: {
    ok: 'aktuell',
    stale: 'veraltet',
    offline: 'offline',
    never: 'noch nie gemeldet',
  },
  doubted: { 3: 'verdächtig', 4: 'schlecht' },
  off: 'aus',
  on: 'an',
  no: 'nein',
  yes: 'ja',
  noValue: 'Kein Messwert.',
  unknown: 'Dieses Gerät gibt es nicht, oder es ist nicht öffentlich.',
  unreachable: (time: string) => `Keine Verbindung seit ${time}; nichts Neueres.`,
  loading: 'lädt …',
  demo: 'Simulierte Daten',
  lastDay: (min: string, max: string) => `24 h: ${min} bis ${max}`,
  noHistory: '24 h: keine Werte',
  source: 'Zur Quelle',
};
