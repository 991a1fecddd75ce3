import { parseArgs } from 'node:util';
import { z } from 'zod';
import { planFleet } from './fleet.ts';
import type { SimulationConfig } from './simulation.ts';
import { demoIntervalScale } from './simulation.ts';

/** What the command line asks for. */
export interface Options {
  simulation: SimulationConfig;
  /** Run time after all are connected; undefined = until SIGINT. */
  durationMs: number | undefined;
  verify: boolean;
  json: boolean;
}

/** Either options, or a text to print and the code to exit with. */
export type Parsed = { options: Options } | { help: string } | { faults: string[] };

const help = `npm run sim -- [options]      a simulated city of devices over real MQTT connections

  --url URL                 MQTT broker (mqtt, mqtts, ws, wss)      mqtt://127.0.0.1:1883
  --api URL                 the platform's HTTP API                 http://127.0.0.1:8080
  --token TOKEN             admin token, to register the devices    $ADMIN_TOKEN
  --no-register             for any other broker: register nothing
  --user, --password        with --no-register: one account for all devices
  --seed TEXT               the same seed gives the same city       demo
  --devices N               how many                                320
  --interval-scale X        1 = as often as real devices send       ${demoIntervalScale.toFixed(4)}
  --rate N                  instead: messages a second in all; no device sends
                            more often than once a second
  --devices-per-connection N                                        1
  --history HOURS           fill the hours before now               0
  --duration SECONDS        then stop                               until Ctrl-C
  --verify N                read back what N devices had acknowledged; 1 lost or changed: exit code 1
  --json                    print the report as JSON
  --help
`;

const flags = {
  url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  api: { type: 'string', default: 'http://127.0.0.1:8080' },
  token: { type: 'string' },
  'no-register': { type: 'boolean', default: false },
  user: { type: 'string' },
  password: { type: 'string' },
  seed: { type: 'string', default: 'demo' },
  devices: { type: 'string', default: '320' },
  'interval-scale': { type: 'string' },
  rate: { type: 'string' },
  'devices-per-connection': { type: 'string', default: '1' },
  history: { type: 'string', default: '0' },
  duration: { type: 'string' },
  verify: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const url = (protocol: RegExp, example: string) =>
  z
    .url({ protocol, error: `must be a URL like ${example}` })
    .refine((text) => !/\/\/[^/]*@/.test(text), 'must carry no user or password');
const amount = (min: number, max: number) => z.coerce.number(`must be a number`).min(min).max(max);
const whole = (min: number, max: number) => amount(min, max).int();

const Flags = z.object({
  url: url(/^(mqtts?|wss?)$/, 'mqtt://127.0.0.1:1883'),
  api: url(/^https?$/, 'http://127.0.0.1:8080'),
  token: z.string().min(1).optional(),
  'no-register': z.boolean(),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  seed: z.string().min(1).max(100),
  devices: whole(1, 100_000),
  'interval-scale': amount(0.0001, 100).optional(),
  rate: amount(0.001, 1_000_000).optional(),
  'devices-per-connection': whole(1, 10_000),
  history: amount(0, 24 * 366),
  duration: amount(0, 366 * 86_400).optional(),
  verify: whole(1, 100_000).optional(),
  json: z.boolean(),
});

/** Options that need or exclude each other. */
function contradictions(given: Record<string, unknown>): string[] {
  const has = (option: string) => given[option] !== undefined;
  const registers = given['no-register'] !== true;
  const rules: [broken: boolean, fault: string][] = [
    [registers && !has('token'), '--token: is missing (or set ADMIN_TOKEN, or --no-register)'],
    [registers && (has('user') || has('password')), '--user: goes with --no-register only'],
    [has('user') !== has('password'), '--password: goes together with --user'],
    [has('rate') && has('interval-scale'), '--rate: and --interval-scale exclude each other'],
    [!registers && has('verify'), '--verify: reads back through the API: not with --no-register'],
  ];
  return rules.filter(([broken]) => broken).map(([, fault]) => fault);
}

/** Reads the command line. All faults are told at once, each by the name of its option. */
export function parseOptions(args: string[], env: { ADMIN_TOKEN?: string | undefined }): Parsed {
  let values: Record<string, unknown>;
  try {
    values = parseArgs({ args, options: flags, strict: true }).values;
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return { help };
  const all = { ...values, token: values.token ?? (env.ADMIN_TOKEN || undefined) };
  const given = Flags.safeParse(all);
  const faults = [
    ...(given.error?.issues ?? []).map(({ path, message }) => `--${path.join('.')}: ${message}`),
    ...contradictions(all),
  ];
  return given.success && faults.length === 0 ? { options: optionsOf(given.data) } : { faults };
}

function optionsOf(given: z.infer<typeof Flags>): Options {
  const { token, user, password, verify } = given;
  const registers = !given['no-register'] && token !== undefined;
  return {
    simulation: {
      seed: given.seed,
      devices: given.devices,
      intervalScale: scaleOf(given),
      mqttUrl: given.url,
      api: registers ? { url: given.api, adminToken: token } : undefined,
      credentials:
        user !== undefined && password !== undefined ? { username: user, password } : undefined,
      historyMs: given.history * 3_600_000,
      devicesPerConnection: given['devices-per-connection'],
      verifyDevices: verify,
    },
    durationMs: given.duration === undefined ? undefined : given.duration * 1000,
    verify: verify !== undefined,
    json: given.json,
  };
}

/** The scale at which the fleet as planned sends `rate` messages a second. */
function scaleOf(given: z.infer<typeof Flags>): number {
  if (given.rate === undefined) return given['interval-scale'] ?? demoIntervalScale;
  const atFullInterval = planFleet(given).reduce(
    (sum, { intervalMs }) => sum + 1000 / intervalMs,
    0,
  );
  return atFullInterval / given.rate;
}
