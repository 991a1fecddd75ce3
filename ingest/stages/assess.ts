import { correctionAt } from '../../broker/contract/correction.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import { flagOf, qualityFlags, reasonBits } from '../../broker/contract/quality.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { correctedReadings } from '../domain/quality/corrections.ts';
import type { InterpretedEntry, JournalEntry } from '../journal/entry.ts';
import { PlainMessages } from '../journal/plain-messages.ts';
import { DeviceMemory } from './device-memory.ts';
import { ArrivalJudge } from './judge-arrival.ts';

/** Judges readings in the order of their arrival, before they are journalled: a replay finds the same verdicts. */
export interface Assessor {
  /** The entry with flag and reasons on its readings, and corrected ones where its device has a correction. */
  assess(entry: InterpretedEntry): JournalEntry;
  /** What is remembered of a device. It stays the same until the device is removed. */
  memoryOf(device: DeviceKey): DeviceMemory;
  /** The same for a message in columns: judges the received rows from `from` on and adds corrected ones. */
  judge(memory: DeviceMemory, messages: PlainMessages, from: number): void;
  stop(): void;
}

/**
 * An assessor that knows the last sample of each series since the start of the process: after a restart, tests that
 * need one before give no verdict for the first. It holds as many devices as the platform does.
 */
export function createAssessor({
  registry,
}: {
  registry: Pick<Registry, 'device' | 'onChange'>;
}): Assessor {
  const memories = new Map<DeviceKey, DeviceMemory>();
  const arrivalJudge = new ArrivalJudge();
  /** For entries: the columns of one at a time. */
  const message = new PlainMessages();
  const stop = registry.onChange((change) => {
    if (change.kind !== 'device') return;
    if (change.device) memories.get(change.key)?.describe(change.device);
    else memories.delete(change.key);
  });

  function memoryOf(key: DeviceKey): DeviceMemory {
    let memory = memories.get(key);
    if (!memory) {
      memory = new DeviceMemory(registry.device(key));
      // At the bound (devices of entries that have been deleted since) there is no remembering, only judging.
      if (memories.size < limits.devicesMax) memories.set(key, memory);
    }
    return memory;
  }

  function judge(memory: DeviceMemory, messages: PlainMessages, from: number): void {
    const { received, receivedAt } = messages;
    arrivalJudge.judge(memory, received, { from, receivedAt });
    if (received.count - from >= 2) derive(memory, messages, from);
  }

  return {
    assess(entry) {
      const { device } = entry;
      if (device === undefined || entry.readings.length === 0) return { ...entry, readings: [] };
      message.clear(entry.receivedAt);
      const { received, derived } = message;
      for (const { metric, at, value } of entry.readings)
        received.push({ metric, at, value, flag: qualityFlags.notEvaluated, reasons: 0 });
      judge(memoryOf(device), message, 0);
      const readings = received.readings(0, received.count);
      return derived.count > 0
        ? { ...entry, readings, derived: derived.readings(0, derived.count) }
        : { ...entry, readings };
    },
    memoryOf,
    judge,
    stop,
  };
}

/** Adds the corrected readings of a message by what its device's record says for its arrival. */
function derive(
  { description }: DeviceMemory,
  { received, derived, receivedAt }: PlainMessages,
  from: number,
): void {
  const correction = description && correctionAt(description, receivedAt);
  if (!correction) return;
  const judged = received.readings(from, received.count);
  for (const { reading, source } of correctedReadings(judged, correction)) {
    const original = judged[source];
    if (!original) continue;
    // A corrected value is as good as its source, but for the humidity that it was corrected for.
    const reasons = original.reasons & ~reasonBits.humidity;
    const flag = flagOf(reasons, original.flag !== qualityFlags.notEvaluated);
    derived.push({ ...reading, flag, reasons });
  }
}
