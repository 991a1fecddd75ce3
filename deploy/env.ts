import { z } from 'zod';
import { BrokerEnv } from '../broker/config.ts';
import { ApiEnv } from '../dashboard/api/config.ts';
import { IngestEnv } from '../ingest/config.ts';
import { NotificationsEnv } from '../ingest/notifications/config.ts';

/** Variables that belong to the process as a whole. */
export const ProcessEnv = z.object({
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('journal, embedded store, registry, secrets (mode 0600)'),
  ADMIN_TOKEN: z
    .string()
    .min(16)
    .max(200)
    .optional()
    .describe('bearer token with the admin role; made on the first start when unset'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('how much is logged'),
});

const schemas = {
  process: ProcessEnv,
  broker: BrokerEnv,
  ingest: IngestEnv,
  api: ApiEnv,
  notifications: NotificationsEnv,
};

/** The checked configuration, one part for each service. */
export interface Env {
  process: z.infer<typeof ProcessEnv>;
  broker: z.infer<typeof BrokerEnv>;
  ingest: z.infer<typeof IngestEnv>;
  api: z.infer<typeof ApiEnv>;
  notifications: NotificationsEnv;
}

export interface EnvFault {
  variable: string;
  message: string;
  /** What was got, masked where it is a secret. */
  got: string;
}

export type EnvResult = { env: Env } | { faults: EnvFault[] };

const secrets: ReadonlySet<string> = new Set([
  'ADMIN_TOKEN',
  'INFLUX_TOKEN',
  'BROKER_URL',
  'SMTP_URL',
]);

/** Every variable that is read, in the order of the README's table, with its default as it would be written. */
export function variables(): { name: string; defaultText: string | undefined }[] {
  const all = new Map<string, string | undefined>();
  for (const schema of Object.values(schemas)) {
    for (const [name, field] of Object.entries(schema.shape)) {
      if (!all.has(name)) all.set(name, defaultTextOf(field));
    }
  }
  return [...all].map(([name, defaultText]) => ({ name, defaultText }));
}

function defaultTextOf(field: z.ZodType): string | undefined {
  if (!(field instanceof z.ZodDefault || field instanceof z.ZodPrefault)) return undefined;
  return String(field.def.defaultValue);
}

/** Reads the environment: all faults at once, by name; an empty variable counts as unset. */
export function readEnv(source: Readonly<Record<string, string | undefined>>): EnvResult {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const results = Object.entries(schemas).map(
    ([part, schema]) => [part, schema.safeParse(given)] as const,
  );
  const faults = new Map<string, EnvFault>();
  for (const [, result] of results) {
    for (const issue of result.error?.issues ?? []) {
      const variable = String(issue.path[0] ?? '');
      faults.set(`${variable} ${issue.message}`, {
        variable,
        message: issue.message,
        got: shown(variable, given[variable]),
      });
    }
  }
  if (faults.size > 0) return { faults: [...faults.values()] };
  const env = Object.fromEntries(
    results.map(([part, result]) => [part, Object.freeze(result.data)]),
  );
  return { env: Object.freeze(env) as unknown as Env };
}

/** The configuration that would be run with, as lines for a person; secrets masked. */
export function printable(source: Readonly<Record<string, string | undefined>>): string[] {
  return variables().map(({ name, defaultText }) => {
    const given = source[name];
    if (given) return `${name.padEnd(22)} ${shown(name, given)}`;
    return `${name.padEnd(22)} ${defaultText === undefined ? '(unset)' : `${defaultText}   (default)`}`;
  });
}

function shown(variable: string, value: string | undefined): string {
  if (value === undefined) return '(unset)';
  return secrets.has(variable) ? '********' : value;
}
