interface Waiting {
  task: () => Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Reads of the store, one after the other: a city's history is hundreds of them, and others want the store, too.
 * Bounded by who adds: each device waits in one read at most. A failure fails all that wait: the store is away.
 */
export class ReadQueue {
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #isStopped = false;

  /** Resolves when the read is done. `isFirst`: before all that wait, since it is short. */
  add(task: () => Promise<void>, { isFirst = false } = {}): Promise<void> {
    if (this.#isStopped) return Promise.reject(new ReadsStopped());
    const read = new Promise<void>((resolve, reject) => {
      this.#waiting[isFirst ? 'unshift' : 'push']({ task, resolve, reject });
    });
    this.#running ??= this.#run();
    return read;
  }

  /** Reads nothing more; resolves when what is being read is there, so that the store can go. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#failAll(new ReadsStopped());
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await next.task();
        next.resolve();
      } catch (error) {
        next.reject(error);
        this.#failAll(error);
      }
      // Rows are made into figures on the one thread that answers everybody.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = undefined;
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** The server stops: nothing is read any more. */
export class ReadsStopped extends Error {
  readonly code = 'reads-stopped';
}
