import { Counter, Gauge, type Registry } from 'prom-client';
import { type RejectReason, rejectReasons } from '../broker/contract/rejection.ts';
import { Latencies } from './latencies.ts';

/**
 * Every reading is counted exactly once: at rest received = stored + rejected + duplicate.
 * A message that cannot be taken apart counts as one reading. Counters begin at 0 with the process;
 * what is replayed from the journal counts as received again in the new process.
 */
export interface ReadingCounters {
  received(count: number): void;
  stored(count: number): void;
  duplicate(count: number): void;
  rejected(reason: RejectReason): void;
  /** Of those given to the store: too old for the tiers (`lateMsMax`). */
  late(count: number): void;
  /** Corrected readings that were made and stored under a new key; they are not part of the sum above. */
  derived(count: number): void;
  /** Messages came to be on disk so long after their arrival. */
  keptAfter(ms: number, messages: number): void;
  /** Messages came to be in the store so long after their arrival; what was buffered on disk counts in full. */
  storedAfter(ms: number, messages: number): void;
}

export function createReadingCounters(registry: Registry): ReadingCounters {
  const registers = [registry];
  const received = new Counter({
    name: 'readings_received_total',
    help: 'Readings that were journalled, good and bad',
    registers,
  });
  const stored = new Counter({
    name: 'readings_stored_total',
    help: 'Readings that the store confirmed under a new key',
    registers,
  });
  const duplicate = new Counter({
    name: 'readings_duplicate_total',
    help: 'Readings whose key (device, metric, time) was stored before',
    registers,
  });
  const rejected = new Counter({
    name: 'readings_rejected_total',
    help: 'Readings that were not stored, by reason',
    labelNames: ['reason'],
    registers,
  });
  const late = new Counter({
    name: 'readings_late_total',
    help: 'Readings given to the store that are too old to correct the tiers by themselves',
    registers,
  });
  const derived = new Counter({
    name: 'readings_derived_total',
    help: 'Corrected readings made of received ones and stored under a new key',
    registers,
  });
  const latencies = (name: string, help: string) => new Latencies(name, help, registry);
  const kept = latencies(
    'ingest_kept_seconds',
    'From the arrival of a message to its being on disk',
  );
  const inStore = latencies(
    'ingest_stored_seconds',
    'From the arrival of a message to its readings being in the store',
  );
  const byReason = new Map(rejectReasons.map((reason) => [reason, rejected.labels(reason)]));
  // Each reason is shown from the start: a counter that appears later looks like a jump.
  for (const counter of byReason.values()) counter.inc(0);
  return {
    received: (count) => received.inc(count),
    stored: (count) => stored.inc(count),
    duplicate: (count) => duplicate.inc(count),
    rejected: (reason) => byReason.get(reason)?.inc(),
    late: (count) => late.inc(count),
    derived: (count) => derived.inc(count),
    keptAfter: (ms, messages) => kept.note(ms, messages),
    storedAfter: (ms, messages) => inStore.note(ms, messages),
  };
}

/** Shows how far the store is behind the journal, and how far it may be. */
export function registerBacklog(
  registry: Registry,
  { backlogBytes, bytesMax }: { backlogBytes: () => number; bytesMax: number },
): void {
  new Gauge({
    name: 'journal_max_bytes',
    help: 'Bytes of the journal that may wait for the store (JOURNAL_MAX)',
    registers: [registry],
  }).set(bytesMax);
  new Gauge({
    name: 'journal_backlog_bytes',
    help: 'Bytes of the journal that the store has not confirmed yet',
    registers: [registry],
    collect() {
      this.set(backlogBytes());
    },
  });
}
