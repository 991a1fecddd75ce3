import { setTimeout as pause } from 'node:timers/promises';
import type { Accept, AcceptOutcome, InboundMessage } from '../../broker/bus/bus.ts';
import type { Account } from '../../broker/contract/access.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import { readingsTopic } from '../../broker/contract/topics.ts';
import { importLimits } from './limits.ts';
import type { ImportedValue } from './row.ts';

/** The journal took nothing for as long as an import waits. */
export class ImportStalled extends Error {
  readonly code = 'not-kept';
}

/** A value that was judged: with its reading when it passed. */
export interface Judged {
  value: ImportedValue;
  reading: Reading | undefined;
}

export interface HandOverDeps {
  accept: Accept;
  account: Account;
  clock: () => number;
  /** What became of a message of readings that had passed the rules; ingest has the last word. */
  onOutcome: (device: DeviceKey, batch: readonly Judged[], outcome: AcceptOutcome) => void;
  retryAfterMs?: number;
}

interface Batch {
  device: DeviceKey;
  isGood: boolean;
  judged: Judged[];
}

/**
 * Hands readings to ingest as a device would: native messages on its topic, good ones and rejected ones apart,
 * so that the rejection log keeps the rejected and nothing else. Waits when many are on their way.
 */
export class HandOver {
  readonly #deps: HandOverDeps;
  readonly #waiting = new Map<string, Batch>();
  readonly #inFlight = new Set<Promise<void>>();
  #waitingCount = 0;
  #failure: Error | undefined;

  constructor(deps: HandOverDeps) {
    this.#deps = deps;
  }

  /** @throws ImportStalled */
  async add(device: DeviceKey, judged: Judged): Promise<void> {
    const isGood = judged.reading !== undefined;
    const key = `${isGood} ${device}`;
    const batch: Batch = this.#waiting.get(key) ?? { device, isGood, judged: [] };
    this.#waiting.set(key, batch);
    batch.judged.push(judged);
    this.#waitingCount += 1;
    const { messageReadingsMax, rejectedMessageReadingsMax, waitingReadingsMax } = importLimits;
    if (batch.judged.length >= (isGood ? messageReadingsMax : rejectedMessageReadingsMax)) {
      await this.#send(key);
    } else if (this.#waitingCount >= waitingReadingsMax) await this.#sendAll();
  }

  /** Resolves when all that was added is on disk. @throws ImportStalled */
  async finish(): Promise<void> {
    await this.#sendAll();
    await Promise.all(this.#inFlight);
    if (this.#failure) throw this.#failure;
  }

  async #sendAll(): Promise<void> {
    for (const key of [...this.#waiting.keys()]) await this.#send(key);
  }

  async #send(key: string): Promise<void> {
    const batch = this.#waiting.get(key);
    if (!batch) return;
    this.#waiting.delete(key);
    this.#waitingCount -= batch.judged.length;
    while (this.#inFlight.size >= importLimits.messagesInFlightMax) {
      await Promise.race(this.#inFlight);
    }
    if (this.#failure) throw this.#failure;
    const sending: Promise<void> = this.#handIn(batch)
      .then((outcome) => {
        if (batch.isGood) this.#deps.onOutcome(batch.device, batch.judged, outcome);
      })
      .catch((error: Error) => {
        this.#failure = error;
      })
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  async #handIn({ device, judged }: Batch): Promise<AcceptOutcome> {
    const { accept, account, clock, retryAfterMs = importLimits.retryAfterMs } = this.#deps;
    const message: InboundMessage = {
      topic: readingsTopic(device),
      payload: Buffer.from(JSON.stringify({ readings: judged.map(nativeOf) })),
      qos: 1,
      retain: false,
      receivedAt: clock(),
      account,
      dialect: 'native',
      imported: true,
    };
    for (let tries = 1; ; tries += 1) {
      const outcome = await settled(accept, message);
      if (outcome) return outcome;
      if (tries >= importLimits.retriesMax)
        throw new ImportStalled('the journal takes nothing now');
      await pause(retryAfterMs);
    }
  }
}

/** A computed key, so that a metric called `__proto__` is a plain field and is refused like any unknown one. */
function nativeOf({ value: { metric, value, at } }: Judged): Record<string, unknown> {
  return { at, [metric]: value };
}

/** Undefined: not kept, and the journal's fault. */
function settled(accept: Accept, message: InboundMessage): Promise<AcceptOutcome | undefined> {
  return new Promise((resolve) => {
    accept(message, (error, outcome) => resolve(error ? undefined : outcome));
  });
}
