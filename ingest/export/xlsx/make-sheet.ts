import { Worker } from 'node:worker_threads';
import { columnsOf } from '../columns.ts';
import type { ExportRequest } from '../port.ts';
import type { SheetTask } from './worker.ts';

/** Makes a spreadsheet out of files of JSON lines, beside the event loop. @throws when it cannot or is aborted */
export async function makeSheet(task: {
  request: ExportRequest;
  lines: readonly string[];
  path: string;
  signal: AbortSignal;
}): Promise<void> {
  const { request, lines, path, signal } = task;
  const columns = columnsOf(request).map(({ name, kind }) => ({
    name,
    isInstant: kind === 'instant',
  }));
  const workerData: SheetTask = { lines, columns, sheet: `values ${request.resolution}`, path };
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData,
    execArgv: [],
    // A thread that needs more ends with an error, and the process goes on.
    resourceLimits: { maxOldGenerationSizeMb: 1_024 },
  });
  const abort = (): void => void worker.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`the thread ended with ${code}`)),
      );
    });
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
