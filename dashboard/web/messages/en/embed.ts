import type { deEmbed } from '../de/embed.ts';

/** English, of the embeddable tile. */
export const enEmbed: typeof deEmbed = {
  label: (name) => `${name}: reading`,
  ago: (length) => `${length} ago`,
  status: { ok: 'current', stale: 'stale', offline: 'offline', never: 'never reported' },
  doubted: { 3: 'suspect', 4: 'bad' },
  off: 'off',
  on: 'on',
  no: 'no',
  yes: 'yes',
  noValue: 'No reading.',
  unknown: 'There is no such device, or it is not public.',
  unreachable: (time) => `No connection since ${time}; nothing newer.`,
  loading: 'loading …',
  demo: 'Simulated data',
  lastDay: (min, max) => `24 h: ${min} to ${max}`,
  noHistory: '24 h: no values',
  source: 'To the source',
};
