import { ApiError } from './errors.ts';

/** Runs at most `max` tasks at a time; a further one is refused with 503 rather than queued. */
export function createGate(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (task) => {
    if (running >= max) throw new ApiError('overloaded');
    running += 1;
    try {
      return await task();
    } finally {
      running -= 1;
    }
  };
}
