import { z } from 'zod';
import { dayMs, hourMs } from '../sensors/calendar.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: hourMs, d: dayMs } as const;

/** No length of a scenario is longer: ten years. */
const spanMaxMs = 3_653 * dayMs;

function toMs(text: string): number {
  const [, amount = '', unit = 'ms'] = /^([-\d.]+)(\w+)$/.exec(text) ?? [];
  return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]);
}

/** A length of time as people write it, `90s`, `30m`, `12h` or `7d`; read as ms. */
export const Span = z
  .string('must be a length of time like 90s, 30m, 12h or 7d')
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be a length of time like 90s, 30m, 12h or 7d')
  .transform(toMs)
  .refine((ms) => ms <= spanMaxMs, 'must be ten years at most');

/** Time since the start of a scenario; negative before it: what has begun then is under way. */
export const Offset = z
  .string('must be a time since the start like 0s, 90m or -2h')
  .regex(/^-?\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be a time since the start like 0s, 90m or -2h')
  .transform(toMs)
  .refine((ms) => Math.abs(ms) <= spanMaxMs, 'must be ten years at most');

/** Part of the things that something happens to; which ones is drawn by the seed. */
export const Share = z.number().positive('must be above 0 (leave it out instead)').max(1);
