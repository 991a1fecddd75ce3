import type { Logger } from 'pino';
import type { ApiClient } from './api-client.ts';
import { createApiClient } from './api-client.ts';
import type { City } from './city.ts';
import { createCity } from './city.ts';
import type { PlannedDevice } from './fleet.ts';
import { planFleet } from './fleet.ts';
import { sendHistory } from './history.ts';
import { register } from './register.ts';
import type { SimulationReport } from './report.ts';
import { createReport } from './report.ts';
import type { Fleet, SignIn } from './run-fleet.ts';
import { createFleet } from './run-fleet.ts';
import { createWorld } from './sensors/world.ts';
import { Tally } from './tally.ts';
import type { Verification } from './verify.ts';
import { createLedger, verify } from './verify.ts';

export interface SimulationConfig {
  seed: string;
  devices: number;
  /** 1 = as often as real devices send; {@link demoIntervalScale} makes a screen look alive. */
  intervalScale: number;
  mqttUrl: string;
  /** The platform to register at and to read back from. Without it, devices sign in with `credentials`. */
  api?: { url: string; adminToken: string } | undefined;
  /** For any other broker: one account for all devices. */
  credentials?: { username: string; password: string } | undefined;
  /** History to fill before now; 0 = none. */
  historyMs: number;
  /** Default 1: each device has a connection of its own. */
  devicesPerConnection?: number | undefined;
  /** Devices whose acknowledged samples are remembered for {@link Simulation.verify}; default 0. */
  verifyDevices?: number | undefined;
}

export interface Simulation {
  /** What is simulated, known before it starts. */
  readonly plan: { city: City; devices: readonly PlannedDevice[] };
  /**
   * Registers, connects, begins to publish; resolves when all are connected. History follows in the
   * background. @throws ApiFailure, LinkRefused
   */
  start(): Promise<void>;
  /** Resolves when the history is filled, or given up (logged). */
  historyDone(): Promise<void>;
  /** Devices say `offline` and leave. May be called at any time, also twice. */
  stop(): Promise<void>;
  report(): SimulationReport;
  /** Reads back what was acknowledged. @throws ApiFailure */
  verify(): Promise<Verification>;
}

/** About 22 messages a second from 320 devices: each sends every 4 to 80 s instead of every 1 to 20 minutes. */
export const demoIntervalScale = 1 / 15;

/** History has a sample every 5 minutes, like the coarsest that a day's chart shows. */
const historyStepMs = 300_000;
const historyMessagesPerSecondMax = 20;

/** Draws the city and plans the fleet; nothing is sent before `start`. */
export function startSimulation(
  config: SimulationConfig,
  { clock, log }: { clock: () => number; log: Logger },
): Simulation {
  const city = createCity(config.seed);
  const devices = planFleet(config, city);
  const world = createWorld(config.seed, city.center);
  const tally = new Tally();
  const past = new Tally();
  const ledger = createLedger(config.verifyDevices ?? 0);
  const api = config.api && createApiClient(config.api.url, config.api.adminToken);
  const abort = new AbortController();
  let fleet: Fleet | undefined;
  let startedAt: number | undefined;
  let elapsedMs: number | undefined;
  let history: Promise<void> = Promise.resolve();
  let historyFinished = false;

  const fill = async (signIn: SignIn, toAt: number) => {
    const { mqttUrl, historyMs } = config;
    const span = { fromAt: toAt - historyMs, toAt, stepMs: historyStepMs };
    try {
      await sendHistory(
        devices,
        { mqttUrl, signIn, ...span, messagesPerSecondMax: historyMessagesPerSecondMax },
        { tally: past, world, signal: abort.signal },
      );
      historyFinished = !abort.signal.aborted;
    } catch (error) {
      log.error({ err: error }, 'history could not be filled');
    }
  };

  return {
    plan: { city, devices },
    start: async () => {
      const { signal } = abort;
      const signIn = await signInOf(devices, config, { api, log, signal });
      if (signal.aborted) return;
      startedAt = clock();
      const { mqttUrl, devicesPerConnection = 1 } = config;
      const onAck = ledger.note;
      fleet = createFleet(
        devices,
        { mqttUrl, devicesPerConnection, signIn },
        { clock, log, tally, world, onAck },
      );
      await fleet.start().catch(async (error: unknown) => {
        await fleet?.stop();
        throw error;
      });
      if (config.historyMs > 0 && !signal.aborted) history = fill(signIn, startedAt);
    },
    historyDone: () => history,
    stop: async () => {
      abort.abort();
      await Promise.all([fleet?.stop(), history]);
      elapsedMs ??= clock() - (startedAt ?? clock());
    },
    report: () =>
      createReport({
        devices: devices.length,
        connections: { planned: fleet?.connections ?? 0, open: fleet?.connected() ?? 0 },
        elapsedMs: elapsedMs ?? clock() - (startedAt ?? clock()),
        tally,
        history: config.historyMs > 0 ? { tally: past, finished: historyFinished } : undefined,
      }),
    verify: async () => {
      if (!api) throw new Error('reading back needs the API');
      return verify(ledger, api);
    },
  };
}

async function signInOf(
  devices: readonly PlannedDevice[],
  { credentials }: SimulationConfig,
  { api, ...deps }: { api: ApiClient | undefined; log: Logger; signal: AbortSignal },
): Promise<SignIn> {
  return api ? register(devices, api, deps) : () => credentials;
}
