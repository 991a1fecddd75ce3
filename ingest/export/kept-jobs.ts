import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Job } from './job.ts';
import type { exportLimits } from './limits.ts';
import { type ExportRequest, ExportStorageFull, ExportsBusy, ExportTooLarge } from './port.ts';

/** All exports, running and finished, within their bounds: who starts one may push an older one out. */
export class KeptJobs {
  /** In the order in which they were started. */
  readonly #jobs = new Map<string, Job>();
  readonly #root: string;
  readonly #limits: Record<keyof typeof exportLimits, number>;
  readonly #log: Logger;

  /** `root`: the folder of all exports. */
  constructor(root: string, limits: Record<keyof typeof exportLimits, number>, log: Logger) {
    this.#root = root;
    this.#limits = limits;
    this.#log = log;
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  add(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  /** Makes place for one more. @throws ExportsBusy when there is none to be had */
  makePlace(request: ExportRequest): void {
    const { runningMax, guestsRunningMax, keptMax, guestsKeptMax } = this.#limits;
    const all = [...this.#jobs.values()];
    const running = all.filter(({ state }) => state === 'running');
    if (running.length >= runningMax) {
      throw new ExportsBusy(`${running.length} exports are being made: try again`);
    }
    const guestsOf = (jobs: readonly Job[]): number => jobs.filter((job) => job.isGuest).length;
    if (request.isGuest && guestsOf(running) >= guestsRunningMax) {
      throw new ExportsBusy('an export without an account is being made: try again, or sign in');
    }
    if (all.length < keptMax && !(request.isGuest && guestsOf(all) >= guestsKeptMax)) return;
    const oldest = this.#oldestFinished(request);
    if (oldest) {
      this.forget(oldest).catch((err: unknown) => this.#log.warn({ err }, 'export not deleted'));
    } else if (request.isGuest) {
      throw new ExportsBusy('as many exports are kept as there may be: try again, or sign in');
    }
  }

  /** Sees to it that there is room for a job's next bytes. @throws when there is none */
  async reserve(job: Job): Promise<void> {
    const { bytesMax, bytesOfAllMax, freeBytesMin } = this.#limits;
    if (job.bytes > bytesMax) {
      throw new ExportTooLarge(
        `the file would be larger than ${bytesMax} bytes; choose a shorter span`,
      );
    }
    for (;;) {
      const all = [...this.#jobs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      const { bavail, bsize } = await statfs(this.#root);
      if (all <= bytesOfAllMax && bavail * bsize >= freeBytesMin) return;
      const oldest = this.#oldestFinished(job.request);
      if (!oldest) throw new ExportStorageFull('there is no room for the file on the disk');
      await this.forget(oldest);
    }
  }

  /** Forgets those that are too old. */
  async sweep(now: number): Promise<void> {
    for (const job of [...this.#jobs.values()]) {
      if ((job.expiresAt ?? now + 1) <= now) await this.forget(job);
    }
  }

  /** Stops a job; resolves when its file is gone. */
  async forget(job: Job): Promise<void> {
    this.#jobs.delete(job.id);
    await job.cancel();
  }

  async forgetAll(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => this.forget(job)));
  }

  /** Guests push out none but each other; others push guests out first. */
  #oldestFinished(by: ExportRequest): Job | undefined {
    const finished = [...this.#jobs.values()].filter(({ state }) => state !== 'running');
    return finished.find(({ isGuest }) => isGuest) ?? (by.isGuest ? undefined : finished[0]);
  }
}
