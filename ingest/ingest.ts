import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Accept, Bus, InboundMessage } from '../broker/bus/bus.ts';
import type { Enrolment } from '../broker/contract/access.ts';
import type { HealthPart } from '../broker/contract/health.ts';
import type { LiveFeed, LiveReadings } from '../broker/contract/live.ts';
import type { Registry } from '../broker/contract/registry.ts';
import type { RejectionLog } from '../broker/contract/rejection.ts';
import { liveTopic } from '../broker/contract/topics.ts';
import { createReadingCounters, registerBacklog } from './counters.ts';
import { forgetRejectionsJob } from './jobs/forget-rejections.ts';
import { type Retention, retainJob } from './jobs/retain.ts';
import { startJobs } from './jobs/scheduler.ts';
import { readCheckpoint, writeCheckpoint } from './journal/checkpoint.ts';
import { journalHealth, registerDamage } from './journal/health.ts';
import { Journal } from './journal/journal.ts';
import { createAccept, toLive } from './stages/accept.ts';
import { createAnnouncer } from './stages/announce.ts';
import { Downsampler } from './stages/downsample.ts';
import { withFreshTiers } from './stages/fresh-reads.ts';
import type { InterpretContext } from './stages/interpret.ts';
import { recordedReadings, Sink } from './stages/sink.ts';
import type { Store } from './store/store.ts';

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
}

export interface Ingest {
  /** The way in for what does not come over the bus (HTTP push). */
  accept: Accept;
  feed: LiveFeed;
  /** The store for readers of this process: tiers are up to date. */
  reads: Pick<Store, 'raw' | 'rollups' | 'latest'>;
  health(): HealthPart[];
  /** Takes no more messages, writes what is journalled, closes. */
  stop(): Promise<void>;
}

const checkpointEveryMs = 1_000;

/**
 * The path of a reading: decode, validate, journal, acknowledge; then, in the journal's order, sink,
 * roll up, announce. Resolves when messages are being taken.
 */
export async function startIngest(config: IngestConfig, deps: IngestDeps): Promise<Ingest> {
  const { bus, store, registry, log, clock } = deps;
  const { folder, journalBytesMax } = config;
  const checkpointPath = join(folder, 'journal', 'checkpoint.json');
  const checkpoint = await readCheckpoint(checkpointPath, log);
  const { storedTo, rolledUpTo } = checkpoint;
  const journal = await Journal.open(
    { folder: join(folder, 'journal'), journalBytesMax, beginAt: storedTo },
    log,
  );
  await journal.consumedTo(checkpoint);
  registerDamage(deps.metrics, journal);
  const counters = createReadingCounters(deps.metrics);
  const downsampler = new Downsampler({ store, log }, rolledUpTo);
  await markAgain(journal, { from: rolledUpTo, to: storedTo }, downsampler);
  const sink = new Sink(
    { ...deps, journal, counters, markStored: (batch) => downsampler.mark(batch) },
    storedTo,
  );
  registerBacklog(deps.metrics, () => journal.end - sink.position);

  const { admit } = createAnnouncer({ registry, enrolment: config.enrolment, log });
  const context = (message: InboundMessage): InterpretContext => ({
    // A replay has its first arrival: what has outlived the retention meanwhile is refused all the same.
    oldestAt: (message.replayOf ? clock() : message.receivedAt) - config.retention.raw,
    dialectOf: (device) => registry.device(device)?.dialect,
    admit,
  });
  const live = createLive(deps);
  const accept = createAccept({
    journal,
    counters,
    context,
    onAccepted: (entry) => live.hear(toLive(entry)),
  });

  let saved = checkpoint;
  async function saveCheckpoint(): Promise<void> {
    const reached = { storedTo: sink.position, rolledUpTo: downsampler.settledTo };
    if (saved.storedTo === reached.storedTo && saved.rolledUpTo === reached.rolledUpTo) return;
    // The checkpoint only spares a replay. Without room for it, room must still be made.
    await journal.consumedTo(reached);
    await writeCheckpoint(checkpointPath, reached);
    saved = reached;
  }
  const saving = repeat(saveCheckpoint, checkpointEveryMs, log);
  const jobs = startJobs(
    [retainJob({ store, retention: config.retention, clock }), forgetRejectionsJob(deps)],
    log,
  );

  sink.start();
  downsampler.start(() => sink.position);
  await bus.start(accept);

  return {
    accept,
    feed: live.feed,
    reads: withFreshTiers(store, downsampler),
    health: () => [journalHealth(journal), storeHealth(sink, journal)],
    async stop() {
      await bus.stop();
      await jobs.stop();
      await sink.stop();
      downsampler.stop();
      await downsampler
        .settle()
        .catch((err: unknown) => log.warn({ err }, 'roll-up left for the next start'));
      await saving.stop();
      await saveCheckpoint().catch((err: unknown) => log.error({ err }, 'checkpoint not written'));
      await journal.close();
    },
  };
}

/** Marks again, after a restart, the windows of readings that were stored but not yet rolled up. */
async function markAgain(
  journal: Journal,
  range: { from: number; to: number },
  downsampler: Downsampler,
): Promise<void> {
  for await (const { records } of journal.read(range)) {
    await downsampler.mark(records.flatMap(({ payload }) => recordedReadings(payload)));
  }
}

/** Tells live views of this process what was accepted, and live topics when anybody listens. */
function createLive({ bus, liveWanted, log }: IngestDeps): {
  feed: LiveFeed;
  hear(readings: LiveReadings | undefined): void;
} {
  const listeners = new Set<(batch: readonly LiveReadings[]) => void>();
  return {
    feed: {
      onReadings(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    hear(readings) {
      if (!readings) return;
      for (const listener of listeners) listener([readings]);
      if (!liveWanted()) return;
      bus
        .publish({ topic: liveTopic(readings.device), payload: JSON.stringify(readings), qos: 0 })
        .catch((err: unknown) => log.debug({ err }, 'live reading not published'));
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
