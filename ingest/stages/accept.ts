import type { Accept, AcceptOutcome, InboundMessage, Settle } from '../../broker/bus/bus.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import type { ReadingCounters } from '../counters.ts';
import { encodeEntry, type JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Assessor } from './assess.ts';
import { type InterpretContext, interpret } from './interpret.ts';
import type { Tracer } from './trace.ts';

/**
 * The way in: interpret, judge, journal, and only then settle, in the order of arrival. Live views hear of the
 * readings from here, after the commit: what is on a screen is on disk.
 */
export function createAccept(deps: {
  journal: Journal;
  counters: ReadingCounters;
  /** Rebuilt per message, so that retention moves with the clock. */
  context: (message: InboundMessage) => InterpretContext;
  assessor: Pick<Assessor, 'assess'>;
  tracer: Pick<Tracer, 'note'>;
  clock: () => number;
  onAccepted: (entry: JournalEntry) => void;
}): Accept {
  const { journal, counters, assessor, tracer } = deps;

  return function accept(message: InboundMessage, settle: Settle): void {
    const entries = interpret(message, deps.context(message)).map((entry) =>
      assessor.assess(entry),
    );
    let waiting = entries.length;
    let failure: Error | undefined;
    for (const entry of entries) {
      const trace = tracer.note(message, entry);
      journal.append(encodeEntry(entry), (error) => {
        trace?.(!error);
        if (error) failure = error;
        else kept(entry);
        if (--waiting > 0) return;
        // A replay arrived long ago.
        if (!failure && message.replayOf === undefined)
          counters.keptAfter(deps.clock() - message.receivedAt, 1);
        settle(failure, failure ? undefined : outcomeOf(entries));
      });
    }
  };

  function kept(entry: JournalEntry): void {
    countReceived(counters, entry);
    deps.onAccepted(entry);
  }
}

/** Counts an entry as received, and what was rejected of it; the sink counts the rest. */
function countReceived(counters: ReadingCounters, entry: JournalEntry): void {
  counters.received(entry.readings.length);
  countRejections(counters, entry);
}

export function countRejections(counters: ReadingCounters, entry: JournalEntry): void {
  const rejections = entry.rejected?.rejections ?? [];
  if (rejections.length > 0) counters.received(rejections.length);
  for (const { reason } of rejections) counters.rejected(reason);
}

function outcomeOf(entries: readonly JournalEntry[]): AcceptOutcome {
  return {
    device: entries[0]?.device,
    accepted: entries.reduce((sum, { readings }) => sum + readings.length, 0),
    rejections: entries.flatMap(({ rejected }) => rejected?.rejections ?? []),
  };
}

/** An entry as live views see it, with what was derived of it, or undefined when it has nothing for them. */
export function toLive(entry: JournalEntry): LiveReadings | undefined {
  const { device, receivedAt, readings, derived = [] } = entry;
  if (device === undefined || readings.length === 0) return undefined;
  return { device, receivedAt, readings: [...readings, ...derived] };
}
