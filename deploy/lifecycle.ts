import type { Logger } from 'pino';

/** One part of a running process; started in order, stopped in the reverse order. */
export interface Part {
  name: string;
  /** Resolves when the part works, with the way to stop it. `signal`: it is to stop, so it need not come so far. */
  start(signal: AbortSignal): Promise<() => Promise<void>>;
}

/** Parts that are started, or on their way. */
export interface Running {
  /** Resolves when all work, or `stop` came first. Rejects when one cannot: those before it are stopped then. */
  started: Promise<void>;
  /** May come at any time: the part that is starting is waited for, since only what has started can be stopped. */
  stop(): Promise<void>;
}

/** Something that keeps the process from starting, in one sentence for the person at the terminal. */
export class StartFailure extends Error {
  readonly code = 'start-failure';
}

/** A part that has not stopped by then is given up. */
const stopMsMax = 9_000;

/** Starts parts one after the other; when one fails, those before it are stopped again. */
export function startParts(parts: readonly Part[], log: Logger): Running {
  const abort = new AbortController();
  const { signal } = abort;
  const stops: { name: string; stop: () => Promise<void> }[] = [];
  const stopAll = async (): Promise<void> => {
    for (const { name, stop } of stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (err) {
        log.error({ err, part: name }, 'did not stop cleanly');
      }
    }
  };
  const startAll = async (): Promise<void> => {
    for (const { name, start } of parts) {
      if (signal.aborted) return;
      try {
        stops.push({ name, stop: await start(signal) });
      } catch (error) {
        // Who stops it needs no reason why it did not start, and the process must not end before the others have stopped.
        if (signal.aborted) return log.info({ err: error, part: name }, 'stopped while starting');
        await stopAll();
        throw error;
      }
    }
  };
  const started = startAll();
  return {
    started,
    async stop() {
      abort.abort();
      await started.catch(() => {});
      await stopAll();
    },
  };
}

/** Stops on SIGTERM or SIGINT, with exit code 0; a second signal or a stop that hangs ends the process at once. */
export function stopOnSignal(stop: () => Promise<void>, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('did not stop in time');
      process.exit(1);
    }, stopMsMax).unref();
    stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** Codes of our own errors that say in one sentence what kept a part from starting. */
const ownSentences: ReadonlySet<string> = new Set([
  'listen-failed',
  'store-unavailable',
  'bus-unavailable',
  'state-unreadable',
]);

/** What a file system says of a folder that is none, or may not be written. */
const folderFaults: ReadonlySet<string> = new Set([
  'EACCES',
  'EROFS',
  'EPERM',
  'ENOTDIR',
  'EEXIST',
  'ENOENT',
]);

/** The sentence for an error of the system that a person can do something about. */
export function sentenceFor(error: unknown): string | undefined {
  if (error instanceof StartFailure) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code, port, path, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use; stop what uses it or choose another port.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine; check HOST.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be opened by this user.`;
  if (code !== undefined && path !== undefined && folderFaults.has(code))
    return `${path} cannot be used (${code}); check DATA_DIR and its owner.`;
  if (code === 'ENOSPC') return 'The disk of DATA_DIR is full.';
  return code !== undefined && ownSentences.has(code) ? error.message : undefined;
}
