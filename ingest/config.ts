import { z } from 'zod';
import { enrolments } from '../broker/contract/access.ts';

const unitMs = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, y: 365 * 86_400_000 } as const;

/** A retention: `90d`, `2y`, `12h`, `6w` or `forever`; the output is milliseconds, `forever` is Infinity. */
const Duration = z.string().transform((text, context) => {
  if (text === 'forever') return Number.POSITIVE_INFINITY;
  const [, count, unit] = /^(\d{1,5})([hdwy])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit as keyof typeof unitMs] ?? 0);
  if (ms > 0) return ms;
  context.addIssue({ code: 'custom', message: 'must be like 12h, 90d, 6w, 2y or forever' });
  return z.NEVER;
});

const byteUnits = { MB: 1e6, GB: 1e9 } as const;

/** A size: `500MB`, `10GB`; the output is bytes. */
const Size = z.string().transform((text, context) => {
  const [, count, unit] = /^(\d{1,6})(MB|GB)$/.exec(text) ?? [];
  const bytes = Number(count) * (byteUnits[unit as keyof typeof byteUnits] ?? 0);
  if (bytes > 0) return bytes;
  context.addIssue({ code: 'custom', message: 'must be like 500MB or 10GB' });
  return z.NEVER;
});

/** The environment of ingest; defaults and meaning as in the README's table. */
export const IngestEnv = z.object({
  BROKER_URL: z
    .url({ protocol: /^(mqtt|mqtts|ws|wss)$/ })
    .optional()
    .describe('ingest subscribes at this MQTT broker instead of the built-in one'),
  ENROLMENT: z.enum(enrolments).default('provider').describe('who may bring new devices'),
  INFLUX_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('keep series in InfluxDB instead of the embedded store'),
  INFLUX_TOKEN: z.string().optional().describe('1.8 or older: user:password'),
  INFLUX_ORG: z.string().optional(),
  INFLUX_BUCKET: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('sensorplatz')
    .describe('prefix of one bucket or database per tier'),
  JOURNAL_MAX: Size.prefault('10GB').describe(
    'bytes that may wait for the store; beyond them nothing is acknowledged',
  ),
  RETAIN_RAW: Duration.prefault('90d'),
  RETAIN_1M: Duration.prefault('2y'),
  RETAIN_1H: Duration.prefault('forever'),
  RETAIN_1D: Duration.prefault('forever'),
});
export type IngestEnv = z.infer<typeof IngestEnv>;
