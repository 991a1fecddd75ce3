import type { deEmbed } from '../de/embed.ts';

/** Catalan, of the embeddable tile. */
export const caEmbed: typeof deEmbed = {
  label: (name) => `${name}: mesura`,
  ago: (length) => `fa ${length}`,
  status: {
    ok: 'actual',
    stale: 'desfasat',
    offline: 'fora de línia',
    never: 'no ha enviat mai dades',
  },
  doubted: { 3: 'sospitós', 4: 'dolent' },
  off: 'apagat',
  on: 'encès',
  no: 'no',
  yes: 'sí',
  noValue: 'Cap mesura.',
  unknown: 'Aquest dispositiu no existeix o no és públic.',
  unreachable: (time) => `Sense connexió des de les ${time}; res de més nou.`,
  loading: 's’està carregant…',
  demo: 'Dades simulades',
  lastDay: (min, max) => `24 h: de ${min} a ${max}`,
  noHistory: '24 h: cap valor',
  source: 'Ves a la font',
};
