import type { EventLoopUtilization } from 'node:perf_hooks';
import { performance } from 'node:perf_hooks';
import type { PlannedDevice } from '../fleet.ts';
import { createLeanLink } from '../lean-link.ts';
import { createLink } from '../library-link.ts';
import type { DeviceResult } from './ledger.ts';
import { createPace, type Speed } from './pace.ts';
import type { RunPlan } from './run-part.ts';
import { partsOf } from './run-part.ts';
import type { ShardState } from './shard.ts';
import { Shard } from './shard.ts';
import { hashOf } from './witness.ts';

/** What a part of the fleet needs to connect: plain data, it travels to threads. */
export interface CrewConfig {
  mqttUrl: string;
  accounts: Readonly<Record<string, { username: string; password: string }>>;
  client: 'lean' | 'library';
  inFlightMax?: number | undefined;
  lastWill: boolean;
  /** Tell of each acknowledged message, for who hears what the broker delivers. */
  isWitnessed: boolean;
}

/** The beginning of simulated time. */
export interface CrewStart {
  plan: RunPlan;
  startedAt: number;
  speed: Speed;
}

export interface CrewState extends ShardState {
  /** Share of the time in which the thread was busy since the start: at 1 it can do no more. */
  busyShare: number;
  /** Hashes of messages that were acknowledged since the last look. */
  acknowledged: number[];
}

/** A part of the fleet, here or in a thread of its own. */
export interface Crew {
  /** @throws LinkRefused */
  connect(): Promise<void>;
  run(start: CrewStart): void;
  /** Every step is done. */
  readonly finished: Promise<void>;
  state(): CrewState;
  stop(): Promise<DeviceResult[]>;
}

/** Messages that are remembered until the next look; a witness that is asked seldom misses further ones. */
const acknowledgedMax = 1_000_000;

/** Runs in this thread. */
export function createCrew(
  groups: readonly (readonly PlannedDevice[])[],
  config: CrewConfig,
  clock: () => number,
): Crew {
  let acknowledged: number[] = [];
  let since: EventLoopUtilization | undefined;
  const note = (topic: string, payload: string | Uint8Array) => {
    if (acknowledged.length < acknowledgedMax) acknowledged.push(hashOf(topic, payload));
  };
  const { mqttUrl, accounts, inFlightMax, lastWill } = config;
  const shard = new Shard(
    groups,
    { mqttUrl, inFlightMax, lastWill, signIn: (provider) => accounts[provider] },
    {
      clock,
      createLink: config.client === 'lean' ? createLeanLink : createLink,
      onAck: config.isWitnessed ? note : undefined,
    },
  );
  return {
    connect: () => shard.connect(),
    finished: shard.finished,
    run: ({ plan, startedAt, speed }) => {
      since = performance.eventLoopUtilization();
      const pace = createPace({ fromAt: plan.span.fromAt, startedAt, speed }, clock);
      shard.run(pace, partsOf(plan));
    },
    state: () => {
      const told = acknowledged;
      acknowledged = [];
      const busyShare = since ? performance.eventLoopUtilization(since).utilization : 0;
      return { ...shard.state(), busyShare, acknowledged: told };
    },
    stop: async () => {
      await shard.stop();
      return shard.results();
    },
  };
}
