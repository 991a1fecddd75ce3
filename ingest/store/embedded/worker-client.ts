import { Worker } from 'node:worker_threads';
import { storeLimits } from '../limits.ts';
import { StoreUnavailable } from '../store.ts';
import type { CallName, Calls, Reply } from './messages.ts';

/** Asks the worker thread. Every call that is pending when the thread ends rejects. */
export interface WorkerClient {
  /** @throws StoreUnavailable when the call failed, too many wait, or the thread has ended */
  ask<Name extends CallName>(
    name: Name,
    args: Calls[Name]['args'],
    transfer?: ArrayBuffer[],
  ): Promise<Calls[Name]['answer']>;
  /** Resolves when the thread has ended, however that came. */
  readonly ended: Promise<void>;
}

interface Pending {
  resolve(answer: Calls[CallName]['answer']): void;
  reject(error: Error): void;
}

/** Starts the thread, whatever loader or folder the process was started with. */
export function spawnWorker(): Worker {
  return new Worker(new URL('./thread.mjs', import.meta.url), {
    execArgv: [],
    resourceLimits: {
      // The newest reading of each series is what lives long: 100,000 of them take 20 MB.
      maxOldGenerationSizeMb: 512,
      // Rows pass through quickly; the default keeps tens of MB for them.
      maxYoungGenerationSizeMb: 8,
    },
  });
}

export function createWorkerClient(worker: Worker): WorkerClient {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let end: StoreUnavailable | undefined;

  const settleEnd = (cause?: Error) => {
    end ??= new StoreUnavailable(
      'the thread of the embedded store has ended; the next call opens the store again',
      { cause },
    );
    for (const { reject } of pending.values()) reject(end);
    pending.clear();
  };
  worker.on('message', (reply: Reply) => {
    const call = pending.get(reply.id);
    pending.delete(reply.id);
    if (reply.ok) call?.resolve(reply.answer);
    else call?.reject(new StoreUnavailable(reply.message));
  });
  worker.on('error', settleEnd);
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      settleEnd();
      resolve();
    });
  });

  const ask = (name: CallName, args: unknown, transfer: ArrayBuffer[] = []) =>
    new Promise<Calls[CallName]['answer']>((resolve, reject) => {
      if (end) return reject(end);
      // Closing must get through: it is what ends the thread.
      if (pending.size >= storeLimits.callsMax && name !== 'close') {
        return reject(new StoreUnavailable(`${pending.size} calls are waiting for the store`));
      }
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, name, args }, transfer);
    });
  // The reply carries the id of its call, which ties its answer to the call's name.
  return { ask: ask as WorkerClient['ask'], ended };
}
