import type { Logger } from 'pino';
import { createApiClient } from '../api-client.ts';
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
import { createPlatform } from './platform.ts';
import type { Progress } from './progress.ts';
import { createCrews } from './thread-crew.ts';
import type { PlatformFindings } from './verify-run.ts';
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
  /** Every step was done, and nobody ended it before. */
  isComplete: boolean;
  state: FleetState;
  platform?: PlatformFindings | undefined;
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
  const { scenario, seed, api, workers } = config;
  const devices = planFleet({ ...scenario.fleet, seed });
  const platform = api && createPlatform(api.url, api.adminToken);
  const before = await platform?.counters();
  const accounts = await accountsOf(devices, config, deps);
  const witness = config.isWitnessed ? await createWitness(config) : undefined;
  const groups = groupsOf(devices, config.devicesPerConnection);
  const crews = createCrews(groups, crewConfig(config, accounts), { workers, clock: deps.clock });
  const watch = new Watch(crews, { ...deps, witness });
  const { played, results } = await play(config, deps, { crews, watch, witness });
  const { span, startedAt } = played;
  const run = { seed, scenario, span, samplesPerMessage: config.samplesPerMessage };
  let findings: PlatformFindings | undefined;
  if (platform && before) {
    watch.tell('reading back');
    const pace = createPace({ fromAt: span.fromAt, startedAt, speed: config.speed }, deps.clock);
    findings = await verifyAtPlatform(platform, { devices, results, run, pace, startedAt, before });
  }
  return {
    ...{ config, devices: devices.length, ...played },
    platform: findings,
    witness: witness?.findings(),
  };
}

type Played = Pick<RunOutcome, 'span' | 'startedAt' | 'elapsedMs' | 'isComplete' | 'state'>;

/** Connects, lets time run to its end, waits for answers, and leaves. */
async function play(
  config: ScenarioRunConfig,
  { clock, signal }: ScenarioRunDeps,
  { crews, watch, witness }: { crews: Crew[]; watch: Watch; witness: Witness | undefined },
): Promise<{ played: Played; results: DeviceResult[] }> {
  const { scenario, seed, samplesPerMessage, speed } = config;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
  const stop = async () => (await Promise.all(crews.map((crew) => crew.stop()))).flat();
  try {
    watch.tell('connecting');
    await Promise.race([Promise.all(crews.map((crew) => crew.connect())), aborted]);
    const startedAt = clock();
    const span = scenarioSpan(scenario, startedAt);
    const plan = { seed, scenario, span, samplesPerMessage };
    if (!signal.aborted) for (const crew of crews) crew.run({ plan, startedAt, speed });
    watch.begin(span, startedAt);
    await Promise.race([Promise.all(crews.map((crew) => crew.finished)), aborted]);
    watch.tell('settling');
    await watch.until(({ inFlight }) => inFlight === 0, signal.aborted ? 0 : settleMs);
    const elapsedMs = clock() - startedAt;
    const results = await stop();
    const state = watch.look();
    if (witness) await watch.until(() => witness.missing() === 0, hearMs);
    return {
      played: { span, startedAt, elapsedMs, isComplete: !signal.aborted, state },
      results,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  } finally {
    watch.stop();
    witness?.stop();
  }
}

async function accountsOf(
  devices: readonly PlannedDevice[],
  { api, credentials }: ScenarioRunConfig,
  { log, signal }: ScenarioRunDeps,
): Promise<Record<string, { username: string; password: string }>> {
  const signIn = api
    ? await register(devices, createApiClient(api.url, api.adminToken), { log, signal })
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
