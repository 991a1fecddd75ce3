import { StoreUnavailable } from '../store.ts';

/** Turns DuckDB's message at opening into one sentence that says what to do. */
export function explainOpening(path: string, error: unknown): StoreUnavailable {
  const message = error instanceof Error ? error.message : String(error);
  return new StoreUnavailable(sentence(path, message), { cause: error });
}

function sentence(path: string, message: string): string {
  const holder = /Could not set lock on file.*\(PID (\d+)\)/s.exec(message)?.[1];
  if (holder) return `the store ${path} is in use by another process (PID ${holder})`;
  if (message.includes('Could not set lock')) {
    return `the store ${path} is in use by another process`;
  }
  if (message.includes('not a valid DuckDB database file')) {
    return `the store ${path} is not a database file of ours; move it away to start with an empty one`;
  }
  return `the store ${path} cannot be opened: ${message.split('\n', 1)[0]}`;
}
