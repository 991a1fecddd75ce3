import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Accept, Bus, InboundMessage } from '../broker/bus/bus.ts';
import type { Enrolment } from '../broker/contract/access.ts';
import { expectedIntervalMs } from '../broker/contract/device.ts';
import type { MessageTraces } from '../broker/contract/diagnostics.ts';
import type { HealthPart } from '../broker/contract/health.ts';

import type { DeviceKey } from '../broker/contract/ids.ts';
import type { JobState, Jobs } from '../broker/contract/jobs.ts';
import type { LiveCommandAck, LiveFeed, LiveReadings } from '../broker/contract/live.ts';
import type { Registry } from '../broker/contract/registry.ts';
import type { RejectionLog } from '../broker/contract/rejection.ts';
import { liveTopic } from '../broker/contract/topics.ts';
import { createReadingCounters, registerBacklog } from './counters.ts';
import { keptFrom, type Retention } from './domain/retention.ts';
import { estimateIntervalJob } from './jobs/estimate-interval.ts';
import { forgetRejectionsJob } from './jobs/forget-rejections.ts';
import { createHourJudge, type HourJudge } from './jobs/judge-hours.ts';
import { recomputeJob } from './jobs/recompute.ts';
import { retainJob } from './jobs/retain.ts';
import { rollUpJobs } from './jobs/roll-up.ts';
import { type Job, startJobs } from './jobs/scheduler.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './journal/checkpoint.ts';
import { journalHealth, registerDamage } from './journal/health.ts';
import { Journal } from './journal/journal.ts';
import { createAccept } from './stages/accept.ts';
import { createAnnouncer } from './stages/announce.ts';
import { createAssessor } from './stages/assess.ts';
import { Downsampler } from './stages/downsample.ts';
import { withFreshTiers } from './stages/fresh-reads.ts';
import type { Hearer } from './stages/gather.ts';
import type { InterpretContext } from './stages/interpret.ts';
import { KnownDevices } from './stages/known-devices.ts';
import { RecordReader } from './stages/read-records.ts';
import type { Recomputation, RecomputeDeps } from './stages/recompute.ts';
import { Sink } from './stages/sink.ts';
import { createTracer } from './stages/trace.ts';
import type { ReadingBatch } from './store/reading-batch.ts';
import { type Store, StoreUnavailable } from './store/store.ts';

export interface IngestConfig {
  /** Folder of the journal and its checkpoint. */
  folder: string;
  journalBytesMax: number;
  retention: Retention;
  enrolment: Enrolment;
}

export interface IngestDeps {
  bus: Bus;
  store: Store;
  registry: Registry;
  rejections: RejectionLog;
  metrics: MetricsRegistry;
  clock: () => number;
  log: Logger;
  /** Whether anybody listens to live topics; what nobody hears is not published. */
  liveWanted: () => boolean;
  /** Jobs of other parts, run beside its own. */
  jobs?: readonly Job[];
}

export interface Ingest {
  /** The way in for what does not come over the bus (HTTP push). */
  accept: Accept;
  feed: LiveFeed;
  /** The last messages of devices, and how they were understood. */
  traces: MessageTraces;
  /** The store for readers of this process: tiers are up to date. */
  reads: Pick<Store, 'raw' | 'rollups' | 'rollupsOfMany' | 'latest'>;
  /** What is done by the clock, and by hand. */
  jobs: Jobs;
  /**
   * Makes every tier anew from raw: after an import, or when quality was judged anew. One at a time.
   * @throws JobRunning, RecomputeRefused, StoreUnavailable (the same again is right)
   */
  recompute(wanted: Recomputation): Promise<JobState>;
  /** Resolves when the store has all that was accepted before the call. @throws StoreUnavailable when that takes too long */
  stored(): Promise<void>;
  /** Brings every tier up to date with what is stored. */
  settle(): Promise<void>;
  health(): HealthPart[];
  /** Takes no more messages, writes what is journalled, closes. */
  stop(): Promise<void>;
}

const checkpointEveryMs = 1_000;
const storedPollMs = 20;
const storedWaitMsMax = 5 * 60_000;

/**
 * The path of a reading: decode, validate, journal, acknowledge; then, in the journal's order, sink,
 * roll up, announce. Resolves when messages are being taken.
 */
export async function startIngest(config: IngestConfig, deps: IngestDeps): Promise<Ingest> {
  const { bus, store, registry, log, clock } = deps;
  const folder = join(config.folder, 'journal');
  const checkpointPath = join(folder, 'checkpoint.json');
  const checkpoint = await readCheckpoint(checkpointPath, log);
  const { storedTo, rolledUpTo } = checkpoint;
  const journal = await Journal.open(
    { folder, journalBytesMax: config.journalBytesMax, beginAt: storedTo },
    log,
  );
  await journal.consumedTo(checkpoint);
  registerDamage(deps.metrics, journal);
  const counters = createReadingCounters(deps.metrics);
  const intervalMsOf = nominalIntervals(registry);
  const kept = () => keptFrom(config.retention, clock());
  const downsampler = new Downsampler({ store, intervalMsOf, kept, clock, log }, rolledUpTo);
  const { judge, markStored } = createJudge(deps, downsampler);
  await markAgain(journal, { from: rolledUpTo, to: storedTo }, downsampler);
  const sink = new Sink({ ...deps, journal, counters, markStored }, storedTo);
  registerBacklog(deps.metrics, {
    backlogBytes: () => journal.end - sink.position,
    bytesMax: config.journalBytesMax,
  });

  const live = createLive(deps);
  const assessor = createAssessor({ registry });
  const tracer = createTracer();
  const devices = new KnownDevices(registry, assessor);
  const { accept, acceptBurst } = createAccept({
    journal,
    counters,
    tracer,
    clock,
    context: contexts(config, deps),
    assessor,
    devices,
    live: live.hearer,
  });

  const checkpoints = keepCheckpoint({ path: checkpointPath, checkpoint }, journal, {
    reached: () => ({ storedTo: sink.position, rolledUpTo: downsampler.settledTo }),
    log,
  });
  const inTurn: Downsampler['inTurn'] = (work) => downsampler.inTurn(work);
  const recomputing = { store, inTurn, intervalMsOf, kept, clock };
  const jobs = startJobs(
    [
      ...rollUpJobs(downsampler),
      judge.job,
      ...ownJobs(config, deps, recomputing),
      ...(deps.jobs ?? []),
    ],
    { clock, log },
  );

  sink.start();
  downsampler.follow(() => sink.position);
  await bus.start(accept, acceptBurst);

  return {
    accept,
    feed: live.feed,
    traces: tracer,
    reads: withFreshTiers(store, downsampler),
    settle: () => downsampler.settle(),
    jobs,
    recompute: (wanted) => jobs.run('recompute', wanted),
    stored: () => reached(() => sink.position, journal.end),
    health: () => [journalHealth(journal), storeHealth(sink, journal)],
    async stop() {
      await bus.stop();
      await jobs.stop();
      await sink.stop();
      assessor.stop();
      devices.stop();
      await downsampler
        .settle()
        .catch((err: unknown) => log.warn({ err }, 'roll-up left for the next start'));
      await checkpoints.stop();
      await journal.close();
    },
  };
}

function nominalIntervals(registry: Registry): (device: DeviceKey) => number {
  return (device) => expectedIntervalMs(registry.device(device) ?? { kind: 'other' });
}

/** Writes down how far the journal's consumers are, every second and at the end. */
function keepCheckpoint(
  { path, checkpoint }: { path: string; checkpoint: Checkpoint },
  journal: Journal,
  { reached, log }: { reached: () => Checkpoint; log: Logger },
): { stop(): Promise<void> } {
  let saved = checkpoint;
  async function save(): Promise<void> {
    const now = reached();
    if (saved.storedTo === now.storedTo && saved.rolledUpTo === now.rolledUpTo) return;
    // The checkpoint only spares a replay. Without room for it, room must still be made.
    await journal.consumedTo(now);
    await writeCheckpoint(path, now);
    saved = now;
  }
  const saving = repeat(save, checkpointEveryMs, log);
  return {
    async stop() {
      await saving.stop();
      await save().catch((err: unknown) => log.error({ err }, 'checkpoint not written'));
    },
  };
}

async function reached(position: () => number, wanted: number): Promise<void> {
  for (let waitedMs = 0; position() < wanted; waitedMs += storedPollMs) {
    if (waitedMs > storedWaitMsMax) throw new StoreUnavailable('the store is far behind');
    await pause(storedPollMs);
  }
}

/** What interpreting a message needs to know; made for each, so that retention moves with the clock. */
function contexts(
  config: IngestConfig,
  { registry, clock, log }: IngestDeps,
): (arrival: Pick<InboundMessage, 'receivedAt' | 'replayOf'>) => InterpretContext {
  const { admit } = createAnnouncer({ registry, enrolment: config.enrolment, log });
  const dialectOf = (device: DeviceKey): string | undefined => registry.device(device)?.dialect;
  return ({ receivedAt, replayOf }) => ({
    // A replay has its first arrival: what has outlived the retention meanwhile is refused all the same.
    oldestAt: (replayOf ? clock() : receivedAt) - config.retention.raw,
    dialectOf,
    admit,
  });
}

/** Who judges readings when their hours have closed. */
function createJudge(
  { store, registry, clock, log }: IngestDeps,
  downsampler: Downsampler,
): {
  judge: HourJudge;
  markStored: (batch: ReadingBatch) => Promise<void>;
} {
  const mark = (batch: ReadingBatch): Promise<void> => downsampler.mark(batch);
  const judge = createHourJudge({ store, registry, clock, log, mark });
  return {
    judge,
    markStored(batch) {
      judge.noteStored(batch);
      return mark(batch);
    },
  };
}

function ownJobs({ retention }: IngestConfig, deps: IngestDeps, recomputing: RecomputeDeps): Job[] {
  return [
    retainJob({ store: deps.store, retention, clock: deps.clock }),
    forgetRejectionsJob(deps),
    estimateIntervalJob(deps),
    recomputeJob(recomputing),
  ];
}

/** Marks again, after a restart, the windows of readings that were stored but not yet rolled up. */
async function markAgain(
  journal: Journal,
  range: { from: number; to: number },
  downsampler: Downsampler,
): Promise<void> {
  const reader = new RecordReader();
  for await (const batch of journal.read(range)) {
    const { received, derived } = reader.read(batch);
    await downsampler.mark(received);
    await downsampler.mark(derived);
  }
}

/** Tells this process what devices said, and live topics when anybody listens. */
function createLive({ bus, liveWanted, log }: IngestDeps): {
  feed: LiveFeed;
  hearer: Hearer;
} {
  const listeners = new Set<Parameters<LiveFeed['onReadings']>[0]>();
  const ackListeners = new Set<(ack: LiveCommandAck) => void>();
  function publish(readings: LiveReadings): void {
    bus
      .publish({ topic: liveTopic(readings.device), payload: JSON.stringify(readings), qos: 0 })
      .catch((err: unknown) => log.debug({ err }, 'live reading not published'));
  }
  return {
    feed: {
      onReadings(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onCommandAck(listener) {
        ackListeners.add(listener);
        return () => ackListeners.delete(listener);
      },
    },
    hearer: {
      isWanted: () => listeners.size > 0 || liveWanted(),
      readings(batch) {
        for (const listener of listeners) listener(batch);
        if (liveWanted()) for (const readings of batch) publish(readings);
      },
      ack({ device, receivedAt, commandAck: payload }) {
        if (device === undefined || payload === undefined) return;
        for (const listener of ackListeners) listener({ device, receivedAt, payload });
      },
    },
  };
}

/** Repeats work with a pause between; a failure is logged and tried again at the next turn. */
function repeat(
  work: () => Promise<void>,
  everyMs: number,
  log: Logger,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return;
    idle = false;
    running = work()
      .catch((err: unknown) => log.error({ err }, 'checkpoint not written'))
      .finally(() => {
        idle = true;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

function storeHealth(sink: Sink, journal: Journal): HealthPart {
  const backlogBytes = journal.end - sink.position;
  if (!sink.outage) return { name: 'store', state: 'ok' };
  return {
    name: 'store',
    state: 'degraded',
    detail: `${sink.outage}; ${backlogBytes} bytes wait in the journal, nothing is lost`,
  };
}
