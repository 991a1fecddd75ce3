import { z } from 'zod';
import type { deviceKinds } from './device.ts';
import { ValuesFrame } from './live.ts';

/** Hours that can be played back at once. */
export const playbackHoursMax = 48;

/** `GET /api/v1/playback`: the past hours in the format of the live stream, made from hourly rows. */
export const Playback = z.object({
  from: z.int().describe('start of the first hour, epoch ms UTC'),
  to: z.int().describe('end of the last one'),
  stepMs: z.int(),
  frames: z
    .array(ValuesFrame)
    .describe(
      'one for each hour, `now` being its end; the first is a snapshot, the others are deltas. A value is the mean of ' +
        'the hour, of a state the last one; `age` is that of the last sample',
    ),
});
export type Playback = z.infer<typeof Playback>;

/** What is played back of a device: what tells how it stands, not all that it measures. */
export const playbackMetrics = {
  air: ['pm2_5', 'pm10', 'no2', 'o3'],
  light: ['power', 'dim_level', 'lamp_on', 'lamp_fault'],
  waste: ['fill_level', 'tilt', 'temperature'],
  noise: ['noise'],
  weather: ['temperature', 'relative_humidity'],
  other: [],
} as const satisfies Record<(typeof deviceKinds)[number], readonly string[]>;
