import { setTimeout as pause } from 'node:timers/promises';
import type { Api, Context } from './context.ts';
import type { Look } from './device-memory.ts';
import { apiLimits } from './limits.ts';
import type { ReadQueue } from './read-queue.ts';

interface ReadAhead {
  /** Ends with the server. */
  queue: ReadQueue;
  /** What people will ask for, in portions of one read each. */
  looks: () => Iterable<Pick<Look<unknown>, 'whole'>>;
}

/**
 * Reads in the background, once the server listens, what else the first person to ask would wait for. One portion
 * after the other: what people ask for meanwhile comes in between.
 */
export function readAhead(app: Api, { deps: { log } }: Context, { queue, looks }: ReadAhead): void {
  const abort = new AbortController();
  const { signal } = abort;
  const wait = (ms: number) => pause(ms, undefined, { signal, ref: false });
  const run = async (): Promise<void> => {
    await wait(apiLimits.historyAheadAfterMs);
    for (const { whole } of looks()) {
      await whole;
      await wait(apiLimits.historyPauseMs);
    }
  };
  app.addHook('onListen', async () => {
    run().catch((err: unknown) => {
      // Who asks reads it then, and hears what is wrong.
      if (!signal.aborted) log.warn({ err }, 'history is not read ahead');
    });
  });
  app.addHook('onClose', async () => {
    abort.abort();
    await queue.stop();
  });
}

/** Devices in portions of so many. */
export function* portionsOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let begin = 0; begin < items.length; begin += size) yield items.slice(begin, begin + size);
}
