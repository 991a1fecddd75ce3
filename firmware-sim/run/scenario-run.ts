import type { Logger } from 'pino';
import { ApiFailure, createApiClient } from '../api-client.ts';
import type { PlannedDevice } from '../fleet.ts';
import { planFleet } from '../fleet.ts';
import { register } from '../register.ts';
import { groupsOf } from '../run-fleet.ts';
import type { Scenario } from '../scenario.ts';
import { scenarioSpan } from '../scenario.ts';
import type { Span } from '../sensors/trouble.ts';
import type { Crew } from './crew.ts';
import type { FleetState } from './fleet-state.ts';
import type { DeviceResult } from './ledger.ts';
import type { Speed } from './pace.ts';
import { createPace } from './pace.ts';
import type { Platform } from './platform.ts';
import { createPlatform } from './platform.ts';
import type { Progress } from './progress.ts';
import { createCrews } from './thread-crew.ts';
import type { PlatformFindings, VerifyProgress, WhatWasSent } from './verify-run.ts';
import { verifyAtPlatform } from './verify-run.ts';
import { Watch } from './watch.ts';
import type { Witness, WitnessFindings } from './witness.ts';
import { createWitness } from './witness.ts';

export interface ScenarioRunConfig {
  scenario: Scenario;
  seed: string;
  mqttUrl: string;
  /** The platform to register at and to read back from. */
  api?: { url: string; adminToken: string } | undefined;
  /** Without the API: one account for all devices. */
  credentials?: { username: string; password: string } | undefined;
  speed: Speed;
  workers: number;
  client: 'lean' | 'library';
  devicesPerConnection: number;
  samplesPerMessage: number;
  inFlightMax?: number | undefined;
  /** A subscriber looks whether the broker delivers what it has acknowledged. */
  isWitnessed: boolean;
}

export interface ScenarioRunDeps {
  clock: () => number;
  log: Logger;
  /** Aborted: the run ends early, and what was sent until then is verified. */
  signal: AbortSignal;
  /** Aborted: nothing is verified any more either. */
  giveUp: AbortSignal;
  /** Called now and then with how far it is. */
  onProgress: (progress: Progress) => void;
}

/** All that is known of a run that is over; the report is made of it. */
export interface RunOutcome {
  config: ScenarioRunConfig;
  devices: number;
  span: Span;
  startedAt: number;
  elapsedMs: number;
  /** CPU of the process in that time, all its threads. */
  cpuMs: number;
  /** Every step was done, and nobody ended it before. */
  isComplete: boolean;
  state: FleetState;
  platform?: PlatformFindings | undefined;
  /** Why the platform was not asked what it has stored, or did not say. */
  unverified?: string | undefined;
  witness?: WitnessFindings | undefined;
}

/** What is unanswered when all is sent is waited for so long. */
const settleMs = 30_000;
/** What a subscriber has not heard by then does not come. */
const hearMs = 10_000;

/**
 * Runs a scenario from its first connection to the last look at what was stored.
 * @throws ApiFailure, LinkRefused
 */
export async function runScenario(
  config: ScenarioRunConfig,
  deps: ScenarioRunDeps,
): Promise<RunOutcome> {
  const { api, workers } = config;
  const devices = planFleet({ ...config.scenario.fleet, seed: config.seed });
  const platform = api && createPlatform(api.url, api.adminToken, deps);
  const before = await platform?.counters();
  const watch = new Watch(deps);
  try {
    const accounts = await accountsOf(devices, config, { ...deps, watch });
    const witness = config.isWitnessed ? await createWitness(config) : undefined;
    const groups = groupsOf(devices, config.devicesPerConnection);
    const crews = createCrews(groups, crewConfig(config, accounts), { workers, clock: deps.clock });
    watch.follow(crews, witness);
    const { played, results } = await play(config, deps, { crews, watch, witness });
    const heard = witness?.findings();
    const outcome = { config, devices: devices.length, ...played, witness: heard };
    if (!platform || !before) return outcome;
    const sent = { ...sentIn(config, played, deps.clock), devices, results, before };
    return { ...outcome, ...(await verified(platform, sent, { ...deps, watch })) };
  } finally {
    watch.stop();
  }
}

type Played = Pick<
  RunOutcome,
  'span' | 'startedAt' | 'elapsedMs' | 'cpuMs' | 'isComplete' | 'state'
>;

/** What computes again what was sent. */
function sentIn(config: ScenarioRunConfig, { span, startedAt }: Played, clock: () => number) {
  const { seed, scenario, samplesPerMessage, speed } = config;
  return {
    run: { seed, scenario, span, samplesPerMessage },
    pace: createPace({ fromAt: span.fromAt, startedAt, speed }, clock),
    startedAt,
  };
}

/** What the platform says; a run that it says nothing of is reported all the same. */
async function verified(
  platform: Platform,
  sent: WhatWasSent,
  { giveUp, watch }: ScenarioRunDeps & { watch: Watch },
): Promise<Pick<RunOutcome, 'platform' | 'unverified'>> {
  watch.tell('reading back');
  const progress: VerifyProgress = (phase, counted) => watch.tell(phase, counted);
  try {
    return { platform: await verifyAtPlatform(platform, sent, progress) };
  } catch (error) {
    if (giveUp.aborted) return { unverified: 'that was ended before' };
    if (error instanceof ApiFailure) return { unverified: error.message };
    throw error;
  }
}

/** Connects, lets time run to its end, waits for answers, and leaves. */
async function play(
  config: ScenarioRunConfig,
  { clock, signal }: ScenarioRunDeps,
  { crews, watch, witness }: { crews: Crew[]; watch: Watch; witness: Witness | undefined },
): Promise<{ played: Played; results: DeviceResult[] }> {
  const { scenario, seed, samplesPerMessage, speed } = config;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
    // It tells only once: who ended it while devices were registered is not heard again.
    if (signal.aborted) resolve();
  });
  const stop = async () => (await Promise.all(crews.map((crew) => crew.stop()))).flat();
  try {
    watch.tell('connecting');
    if (!signal.aborted)
      await Promise.race([Promise.all(crews.map((crew) => crew.connect())), aborted]);
    const startedAt = clock();
    const cpuBefore = process.cpuUsage();
    const span = scenarioSpan(scenario, startedAt);
    const plan = { seed, scenario, span, samplesPerMessage };
    const isBegun = !signal.aborted;
    if (isBegun) {
      for (const crew of crews) crew.run({ plan, startedAt, speed });
      watch.begin(span, startedAt);
    }
    await Promise.race([Promise.all(crews.map((crew) => crew.finished)), aborted]);
    watch.tell('settling');
    await watch.until(({ inFlight }) => inFlight === 0 || signal.aborted, settleMs);
    const elapsedMs = clock() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuMs = (user + system) / 1000;
    watch.tell('leaving');
    const results = await stop();
    const state = isBegun ? watch.look() : { ...watch.look(), at: span.fromAt };
    if (witness) await watch.until(() => witness.missing() === 0, hearMs);
    return {
      played: { span, startedAt, elapsedMs, cpuMs, isComplete: !signal.aborted, state },
      results,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  } finally {
    witness?.stop();
  }
}

async function accountsOf(
  devices: readonly PlannedDevice[],
  { api, credentials }: ScenarioRunConfig,
  { log, signal, watch }: ScenarioRunDeps & { watch: Watch },
): Promise<Record<string, { username: string; password: string }>> {
  let done = 0;
  const tell = () => watch.tell('registering', { what: 'devices', done, of: devices.length });
  if (api) tell();
  const onDevice = () => {
    done += 1;
    tell();
  };
  const signIn = api
    ? await register(devices, createApiClient(api.url, api.adminToken), { log, signal, onDevice })
    : () => credentials;
  const providers = new Set(devices.map(({ provider }) => provider));
  const found = [...providers].flatMap((provider) => {
    const account = signIn(provider);
    return account ? [[provider, account] as const] : [];
  });
  return Object.fromEntries(found);
}

function crewConfig(
  { mqttUrl, client, inFlightMax, scenario, isWitnessed }: ScenarioRunConfig,
  accounts: Record<string, { username: string; password: string }>,
) {
  const { lastWill } = scenario.connection;
  return { mqttUrl, accounts, client, inFlightMax, lastWill, isWitnessed };
}
