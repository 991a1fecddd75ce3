import type { dePlayback } from '../de/playback.ts';

/** English, of the past day on the map. */
export const enPlayback: typeof dePlayback = {
  start: 'Play the last 24 h',
  title: 'Playback',
  notLive: 'not live',
  play: 'Play',
  hold: 'Pause',
  live: 'Back to live',
  hour: 'Hour',
  failed: 'The playback could not be loaded.',
  valuesThen: 'Values in this hour',
  nothingThen: 'Nothing was measured in this hour.',
  how: 'Hourly means; of states the last of the hour.',
  toDevice: 'To the page of the device',
  span: (from, to) => `${from} to ${to}`,
};
