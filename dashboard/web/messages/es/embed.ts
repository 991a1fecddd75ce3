import type { deEmbed } from '../de/embed.ts';

/** Spanish, of the embeddable tile. */
export const esEmbed: typeof deEmbed = {
  label: (name) => `${name}: medida`,
  ago: (length) => `hace ${length}`,
  status: {
    ok: 'actual',
    stale: 'desfasado',
    offline: 'sin conexión',
    never: 'nunca ha enviado datos',
  },
  doubted: { 3: 'sospechoso', 4: 'malo' },
  off: 'apagado',
  on: 'encendido',
  no: 'no',
  yes: 'sí',
  noValue: 'Ninguna medida.',
  unknown: 'Este dispositivo no existe o no es público.',
  unreachable: (time) => `Sin conexión desde las ${time}; nada más reciente.`,
  loading: 'cargando…',
  demo: 'Datos simulados',
  lastDay: (min, max) => `24 h: de ${min} a ${max}`,
  noHistory: '24 h: ningún valor',
  source: 'Ir a la fuente',
};
