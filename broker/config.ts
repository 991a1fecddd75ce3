import { z } from 'zod';
import { enrolments } from './contract/access.ts';
import { limits } from './contract/limits.ts';
import type { RateConfig } from './rate-limit.ts';

const port = (what: string) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number, 0 = off')
    .transform(Number)
    .refine((number) => number <= 65_535, 'must be at most 65535')
    .describe(what);
const rate = (what: string) =>
  z
    .string()
    .regex(/^\d{1,7}$/, 'must be messages per second, 0 = no limit')
    .transform(Number)
    .describe(what);
const file = (what: string) => z.string().min(1).optional().describe(what);

/** The broker's variables, as strings of an environment; one row of the README's table each. */
export const BrokerEnv = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1').describe('address that all listeners bind'),
    MQTT_PORT: port('MQTT over TCP; 0 = off').default(1883),
    MQTTS_PORT: port('MQTT over TLS; needs TLS_CERT and TLS_KEY; 0 = off').default(0),
    TLS_CERT: file('certificate chain of the TLS listener, a PEM file'),
    TLS_KEY: file('private key of the TLS listener, a PEM file'),
    TLS_CLIENT_CA: file('PEM file; when given, TLS clients must show a certificate signed by it'),
    ENROLMENT: z
      .enum(enrolments)
      .default('provider')
      .describe(
        'who may bring new devices: closed (registered ones only), provider (a token may publish for new devices of its own), open (anyone)',
      ),
    MQTT_CLIENTS_MAX: z
      .string()
      .regex(/^[1-9]\d{0,5}$/, 'must be a number of clients, 1 to 999999')
      .transform(Number)
      .default(limits.mqttClientsMax)
      .describe('MQTT clients at the same time; each takes a file descriptor and some 15 KB'),
    RATE_DEVICE: rate(
      'messages per second of one device; beyond, its connection is read no faster; 0 = no limit',
    ).default(0),
    RATE_PROVIDER: rate('the same for all devices of one provider together').default(0),
  })
  .superRefine((env, context) => {
    if (env.MQTTS_PORT === 0) return;
    for (const name of ['TLS_CERT', 'TLS_KEY'] as const) {
      if (env[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'is needed by MQTTS_PORT' });
    }
  });
export type BrokerEnv = z.infer<typeof BrokerEnv>;

/** What {@link createBroker} is configured with. */
export interface BrokerConfig {
  host: string;
  /** 0 = no listener. */
  mqttPort: number;
  tls?: TlsConfig | undefined;
  enrolment: BrokerEnv['ENROLMENT'];
  /** Clients that may be signed in at the same time; default: `mqttClientsMax`. */
  clientsMax?: number | undefined;
  /** False: nothing is public, whatever a device's `public` flag says. */
  publicRead: boolean;
  /** Folder in which sessions and retained messages outlive the process; without it they do not. */
  statePath?: string | undefined;
  /** Default: no limits. */
  rates?: RateConfig | undefined;
}

/** Paths are read when the broker starts. */
export interface TlsConfig {
  port: number;
  certPath: string;
  keyPath: string;
  clientCaPath?: string | undefined;
}

/** The configuration that a checked environment means. `PUBLIC_READ` belongs to the API and is passed in. */
export function brokerConfig(env: BrokerEnv, shared: { publicRead: boolean }): BrokerConfig {
  const { TLS_CERT: certPath, TLS_KEY: keyPath } = env;
  const hasTls = env.MQTTS_PORT > 0 && certPath !== undefined && keyPath !== undefined;
  return {
    host: env.HOST,
    mqttPort: env.MQTT_PORT,
    tls: hasTls
      ? { port: env.MQTTS_PORT, certPath, keyPath, clientCaPath: env.TLS_CLIENT_CA }
      : undefined,
    enrolment: env.ENROLMENT,
    clientsMax: env.MQTT_CLIENTS_MAX,
    publicRead: shared.publicRead,
    rates: { perDevice: env.RATE_DEVICE, perProvider: env.RATE_PROVIDER },
  };
}
