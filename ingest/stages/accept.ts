import type { AcceptBurst, Burst, Settlement } from '../../broker/bus/burst.ts';
import { messageOf } from '../../broker/bus/burst.ts';
import type { Accept, AcceptOutcome, InboundMessage, Settle } from '../../broker/bus/bus.ts';
import { diagnosticsLimits } from '../../broker/contract/diagnostics.ts';
import type { ReadingCounters } from '../counters.ts';
import { native } from '../decode/native.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { PlainMessages } from '../journal/plain-messages.ts';
import { Arrival, type KeptCounter } from './arrival.ts';
import type { Assessor } from './assess.ts';
import { Gatherer, type Hearer } from './gather.ts';
import { type InterpretContext, interpret } from './interpret.ts';
import type { KnownDevice, KnownDevices } from './known-devices.ts';
import { PlainReader } from './read-plain.ts';
import type { Tracer } from './trace.ts';

export interface AcceptDeps {
  journal: Pick<Journal, 'append'>;
  counters: ReadingCounters;
  /** Rebuilt per message, so that retention moves with the clock. */
  context: (arrival: Pick<InboundMessage, 'receivedAt' | 'replayOf'>) => InterpretContext;
  assessor: Pick<Assessor, 'assess' | 'judge'>;
  devices: Pick<KnownDevices, 'of' | 'at'>;
  tracer: Pick<Tracer, 'note' | 'notePlain'>;
  clock: () => number;
  live: Hearer;
}

/**
 * The way in: interpret, judge, journal, and only then settle, in the order of arrival. Live views hear of the
 * readings from here, after the commit: what is on a screen is on disk.
 */
export function createAccept(deps: AcceptDeps): { accept: Accept; acceptBurst: AcceptBurst } {
  const way = new WayIn(deps);
  return {
    accept: (message, settle) => way.accept(message, settle),
    acceptBurst: (burst, settlement) => way.acceptBurst(burst, settlement),
  };
}

class WayIn implements KeptCounter {
  readonly #deps: AcceptDeps;
  readonly #gatherer: Gatherer;
  readonly #reader = new PlainReader();

  constructor(deps: AcceptDeps) {
    this.#deps = deps;
    this.#gatherer = new Gatherer(deps);
  }

  accept(message: InboundMessage, settle: Settle): void {
    let outcome: AcceptOutcome | undefined;
    const settlement: Settlement = {
      settle: (error) => settle(error, error ? undefined : outcome),
    };
    // A replay arrived long ago.
    const counted = message.replayOf === undefined ? 1 : 0;
    const arrival = new Arrival(message.receivedAt, counted, { counter: this, settlement });
    outcome = this.#take(arrival, message);
    arrival.end();
  }

  acceptBurst(burst: Burst, settlement: Settlement): void {
    const { receivedAt, count, topics, bytes, starts, ends } = burst;
    const arrival = new Arrival(receivedAt, count, { counter: this, settlement });
    const context = this.#deps.context(burst);
    this.#reader.begin(bytes, { receivedAt, oldestAt: context.oldestAt });
    for (let index = 0; index < count; index++) {
      const topic = topics[index];
      const known = topic && this.#deps.devices.at(topic);
      const read =
        known && isNative(known.dialect)
          ? this.#readPlain(arrival, known, starts[index] ?? 0, ends[index] ?? 0)
          : undefined;
      if (!known || !read) this.#takeGenerally(arrival, messageOf(burst, index), context);
      else if (isAmongLast(burst, index)) this.#tracePlain(known, read);
    }
    arrival.end();
  }

  kept(receivedAt: number, messages: number): void {
    this.#deps.counters.keptAfter(this.#deps.clock() - receivedAt, messages);
  }

  #take(arrival: Arrival, message: InboundMessage): AcceptOutcome {
    const { payload, receivedAt } = message;
    const context = this.#deps.context(message);
    const known = message.replayOf === undefined ? this.#deps.devices.of(message.topic) : undefined;
    if (known && isNative(message.dialect ?? known.dialect)) {
      this.#reader.begin(payload, { receivedAt, oldestAt: context.oldestAt });
      const read = this.#readPlain(arrival, known, 0, payload.length);
      if (read) {
        if (!message.imported) this.#tracePlain(known, read);
        const accepted = read.receivedRows(read.count - 1);
        return { device: known.device, accepted, rejections: [] };
      }
    }
    return outcomeOf(this.#takeGenerally(arrival, message, context));
  }

  /** Decodes, validates and judges a message of the usual form, and gives where it is; nothing when it is none. */
  #readPlain(
    arrival: Arrival,
    known: KnownDevice,
    start: number,
    end: number,
  ): PlainMessages | undefined {
    const messages = this.#gatherer.plain(arrival);
    const from = messages.received.count;
    if (!this.#reader.read(start, end, messages.received)) return undefined;
    this.#deps.assessor.judge(known.memory, messages, from);
    messages.endMessage(known.device);
    return messages;
  }

  /** Notes the message that was read last. */
  #tracePlain(known: KnownDevice, messages: PlainMessages): void {
    this.#deps.tracer.notePlain(known, messages, this.#reader);
  }

  #takeGenerally(
    arrival: Arrival,
    message: InboundMessage,
    context: InterpretContext,
  ): JournalEntry[] {
    return interpret(message, context).map((interpreted) => {
      const entry = this.#deps.assessor.assess(interpreted);
      this.#deps.tracer.note(message, entry, this.#gatherer.add(arrival, entry));
      return entry;
    });
  }
}

/** What a description without a dialect leaves to the shape is native when it has the plain form: no other has it. */
function isNative(dialect: string | undefined): boolean {
  return dialect === undefined || dialect === native.dialect;
}

/** False when so many messages of the same device follow at once that nothing would be left of the trace of this one. */
function isAmongLast({ count, topics }: Burst, index: number): boolean {
  for (let after = 1; after <= diagnosticsLimits.messagesPerDeviceMax; after++)
    if (index + after >= count || topics[index + after]?.topic !== topics[index]?.topic)
      return true;
  return false;
}

function outcomeOf(entries: readonly JournalEntry[]): AcceptOutcome {
  return {
    device: entries[0]?.device,
    accepted: entries.reduce((sum, { readings }) => sum + readings.length, 0),
    rejections: entries.flatMap(({ rejected }) => rejected?.rejections ?? []),
  };
}
