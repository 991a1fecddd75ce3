import { parseArgs } from 'node:util';
import { z } from 'zod';
import { planFleet } from './fleet.ts';
import type { ScenarioRunConfig } from './run/scenario-run.ts';
import { scenarioNames } from './scenario.ts';
import { scenarioConfig } from './scenario-options.ts';
import { Span } from './scenarios/span.ts';
import type { SimulationConfig } from './simulation.ts';
import { demoIntervalScale } from './simulation.ts';

/** What the command line asks for: a city that goes on, or a scenario that ends. */
export type Options = { json: boolean; reportPath: string | undefined } & (
  | {
      simulation: SimulationConfig;
      /** Run time after all are connected; undefined = until SIGINT. */
      durationMs: number | undefined;
      verify: boolean;
    }
  | { scenario: ScenarioRunConfig }
);

/** Either options, or a text to print and the code to exit with. */
export type Parsed = { options: Options } | { help: string } | { faults: string[] };

const help = `npm run sim -- [options]      a simulated city of devices over real MQTT connections

  --broker URL              MQTT broker (mqtt, mqtts, ws, wss)      mqtt://127.0.0.1:1883
  --api URL                 the platform's HTTP API: devices are registered there and what was acknowledged is read
                            back; with --broker and without --api nothing is registered
                                                                    http://127.0.0.1:8080 without --broker
  --token TOKEN             admin token, to register the devices    $ADMIN_TOKEN
  --no-register             register nothing
  --user, --password        without registering: one account for all devices
  --seed TEXT               the same seed gives the same city       demo
  --devices N               how many                                320, or the scenario's
  --devices-per-connection N                                        1
  --duration TIME           then stop: 90 (seconds), 30m, 7d        until Ctrl-C, or the scenario's
  --report FILE             write the report there as JSON
  --json                    print the report as JSON
  --help

a city that goes on, and obeys commands:
  --interval-scale X        1 = as often as real devices send       ${demoIntervalScale.toFixed(4)}
  --rate N                  instead: messages a second in all; no device sends
                            more often than once a second
  --history HOURS           fill the hours before now               0
  --verify N                read back what N devices had acknowledged; 1 lost or changed: exit code 1

a scenario, with a report at its end; exit code 1 when something does not hold that it expects:
  --scenario NAME|FILE      ${scenarioNames().join(', ')}
  --speed X|max             simulated seconds in a second           the scenario's
                            max: as fast as the broker acknowledges, to fill history
  --batch N                 readings of a device in one message     1; 100 with --speed max
  --window N                unanswered messages of a connection     16 for each of its devices; 32 with --speed max
  --workers N               threads; devices do the same in any     1
  --client lean|library     bytes over a socket, or mqtt.js         lean; library for ws and wss
  --verify subscribe        a subscriber looks whether all that was acknowledged is delivered
`;

const flags = {
  broker: { type: 'string' },
  api: { type: 'string' },
  token: { type: 'string' },
  'no-register': { type: 'boolean', default: false },
  user: { type: 'string' },
  password: { type: 'string' },
  seed: { type: 'string', default: 'demo' },
  devices: { type: 'string' },
  'interval-scale': { type: 'string' },
  rate: { type: 'string' },
  'devices-per-connection': { type: 'string' },
  history: { type: 'string' },
  duration: { type: 'string' },
  verify: { type: 'string' },
  report: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  scenario: { type: 'string' },
  speed: { type: 'string' },
  batch: { type: 'string' },
  window: { type: 'string' },
  workers: { type: 'string' },
  client: { type: 'string' },
} as const;

const url = (protocol: RegExp, example: string) =>
  z
    .url({ protocol, error: `must be a URL like ${example}` })
    .refine((text) => !/\/\/[^/]*@/.test(text), 'must carry no user or password');
const amount = (min: number, max: number) => z.coerce.number(`must be a number`).min(min).max(max);
const whole = (min: number, max: number) => amount(min, max).int();
/** Seconds, or a length of time with its unit; read as ms. */
const duration = z
  .string()
  .transform((text) => (/^[\d.]+$/.test(text) ? `${text}s` : text))
  .pipe(Span);

const Flags = z.object({
  broker: url(/^(mqtts?|wss?)$/, 'mqtt://127.0.0.1:1883').optional(),
  api: url(/^https?$/, 'http://127.0.0.1:8080').optional(),
  token: z.string().min(1).optional(),
  'no-register': z.boolean(),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  seed: z.string().min(1).max(100),
  devices: whole(1, 100_000).optional(),
  'interval-scale': amount(0.0001, 100).optional(),
  rate: amount(0.001, 1_000_000).optional(),
  'devices-per-connection': whole(1, 10_000).optional(),
  history: amount(0, 24 * 366).optional(),
  duration: duration.optional(),
  verify: z
    .union([z.literal('subscribe'), whole(1, 100_000)], {
      error: 'must be a number of devices, or subscribe',
    })
    .optional(),
  report: z.string().min(1).optional(),
  json: z.boolean(),
  scenario: z.string().min(1).optional(),
  speed: z
    .union([z.literal('max'), amount(0.01, 1_000_000)], { error: 'must be a number, or max' })
    .optional(),
  batch: whole(1, 500).optional(),
  window: whole(1, 10_000).optional(),
  workers: whole(1, 64).optional(),
  client: z.enum(['lean', 'library']).optional(),
});
export type Given = z.infer<typeof Flags>;

/** Without `--api` a broker is any broker: nothing is registered there. */
function registers(given: { 'no-register'?: unknown; broker?: unknown; api?: unknown }): boolean {
  if (given['no-register'] === true) return false;
  return given.broker === undefined || given.api !== undefined;
}

/** Options that need or exclude each other. */
function contradictions(given: Record<string, unknown>): string[] {
  const has = (option: string) => given[option] !== undefined;
  const isRegistered = registers(given);
  const isScenario = has('scenario');
  const isWitnessed = given.verify === 'subscribe';
  const rules: [broken: boolean, fault: string][] = [
    [isRegistered && !has('token'), '--token: is missing (or set ADMIN_TOKEN, or --no-register)'],
    [isRegistered && (has('user') || has('password')), '--user: goes without registering only'],
    [has('user') !== has('password'), '--password: goes together with --user'],
    [has('rate') && has('interval-scale'), '--rate: and --interval-scale exclude each other'],
    [
      !isRegistered && has('verify') && !isWitnessed,
      '--verify: reads back through the API: not without registering',
    ],
    [isWitnessed && isRegistered, '--verify: subscribe is for brokers without --api'],
    ...['speed', 'batch', 'window', 'workers', 'client'].map((option): [boolean, string] => [
      has(option) && !isScenario,
      `--${option}: goes with --scenario only`,
    ]),
    ...['rate', 'interval-scale', 'history'].map((option): [boolean, string] => [
      has(option) && isScenario,
      `--${option}: does not go with --scenario`,
    ]),
  ];
  return rules.filter(([broken]) => broken).map(([, fault]) => fault);
}

/**
 * Reads the command line; `now` is needed to see whether a scenario would reach into the future. All faults are told at
 * once, each by the name of its option.
 */
export function parseOptions(
  args: string[],
  env: { ADMIN_TOKEN?: string | undefined },
  now: number,
): Parsed {
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
  if (!given.success || faults.length > 0) return { faults };
  const { json, report: reportPath, scenario } = given.data;
  const target = targetOf(given.data);
  if (scenario === undefined)
    return { options: { json, reportPath, ...simulationOf(given.data, target) } };
  const made = scenarioConfig({ ...given.data, scenario }, target, now);
  if ('faults' in made) return made;
  return { options: { json, reportPath, scenario: made.config } };
}

/** Where devices go, and as whom. */
export type Target = Pick<ScenarioRunConfig, 'mqttUrl' | 'api' | 'credentials'>;

function targetOf(given: Given): Target {
  const { broker, api, token, user, password } = given;
  return {
    mqttUrl: broker ?? 'mqtt://127.0.0.1:1883',
    api:
      registers(given) && token !== undefined
        ? { url: api ?? 'http://127.0.0.1:8080', adminToken: token }
        : undefined,
    credentials:
      user !== undefined && password !== undefined ? { username: user, password } : undefined,
  };
}

function simulationOf(given: Given, target: Target) {
  const { seed, devices = 320, history = 0, verify } = given;
  const verifyDevices = typeof verify === 'number' ? verify : undefined;
  return {
    simulation: {
      ...target,
      seed,
      devices,
      intervalScale: scaleOf({ ...given, devices }),
      historyMs: history * 3_600_000,
      devicesPerConnection: given['devices-per-connection'] ?? 1,
      verifyDevices,
    },
    durationMs: given.duration,
    verify: verifyDevices !== undefined,
  };
}

/** The scale at which the fleet as planned sends `rate` messages a second. */
function scaleOf(given: Given & { devices: number }): number {
  if (given.rate === undefined) return given['interval-scale'] ?? demoIntervalScale;
  const atFullInterval = planFleet({ seed: given.seed, devices: given.devices }).reduce(
    (sum, { intervalMs }) => sum + 1000 / intervalMs,
    0,
  );
  return atFullInterval / given.rate;
}
