import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { ExportEngine } from './engine.ts';
import { Job } from './job.ts';
import { exportLimits } from './limits.ts';
import { pollutantCodes } from './pollutants.ts';
import {
  ExportRefused,
  type ExportRequest,
  ExportStorageFull,
  type Exports,
  ExportsBusy,
  ExportTooLarge,
} from './port.ts';

export interface ExportsConfig {
  /** Folder of all exports, and of nothing else: it is emptied at the start. */
  folder: string;
  /** Bounds where they differ from the usual; tests are in a hurry. */
  limits?: Partial<Record<keyof typeof exportLimits, number>>;
}

export interface ExportsDeps {
  engine: ExportEngine;
  clock: () => number;
  log: Logger;
  /** Brings roll-ups up to date before they are exported. */
  settle?: () => Promise<void>;
}

const sweepEveryMs = 30_000;

/** Makes exports as files below one folder; they do not outlive the process. */
export function createExports(config: ExportsConfig, deps: ExportsDeps): Exports {
  const limits = { ...exportLimits, ...config.limits };
  const jobs = new Map<string, Job>();
  // The engine allows itself the absolute path only.
  const root = resolve(config.folder);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o700 });

  const forget = async (job: Job): Promise<void> => {
    jobs.delete(job.id);
    await job.cancel();
  };
  const sweep = async (): Promise<void> => {
    const now = deps.clock();
    for (const job of [...jobs.values()]) if ((job.expiresAt ?? now + 1) <= now) await forget(job);
  };
  const timer = setInterval(() => {
    sweep().catch((err: unknown) => deps.log.warn({ err }, 'an expired export was not deleted'));
  }, sweepEveryMs);
  timer.unref();

  const oldestFinished = (except?: Job): Job | undefined =>
    [...jobs.values()].find((job) => job.state !== 'running' && job !== except);
  const reserve = async (job: Job): Promise<void> => {
    if (job.bytes > limits.bytesMax) {
      throw new ExportTooLarge(
        `the file would be larger than ${limits.bytesMax} bytes; choose a shorter span`,
      );
    }
    for (;;) {
      const all = [...jobs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      const { bavail, bsize } = await statfs(root);
      if (all <= limits.bytesOfAllMax && bavail * bsize >= limits.freeBytesMin) return;
      const oldest = oldestFinished(job);
      if (!oldest) throw new ExportStorageFull('there is no room for the file on the disk');
      await forget(oldest);
    }
  };

  return {
    start(request) {
      check(request);
      const running = [...jobs.values()].filter(({ state }) => state === 'running').length;
      if (running >= limits.runningMax) {
        throw new ExportsBusy(`${running} exports are being made: try again`);
      }
      const oldest = jobs.size >= limits.keptMax ? oldestFinished() : undefined;
      if (oldest) {
        forget(oldest).catch((err: unknown) => deps.log.warn({ err }, 'export not deleted'));
      }
      const id = randomUUID();
      const { ageMsMax, abandonedMsMax } = limits;
      const job = new Job({ id, folder: join(root, id), ageMsMax, abandonedMsMax }, request, {
        ...deps,
        settle: deps.settle ?? (async () => undefined),
        reserve,
      });
      jobs.set(id, job);
      job.finished().catch((err: Error & { code?: string }) => {
        if (err.code === 'export-cancelled') return;
        deps.log.warn({ err, id }, 'an export was not made');
      });
      return job;
    },
    find: (id) => jobs.get(id),
    async cancel(id) {
      const job = jobs.get(id);
      if (job) await forget(job);
      return job !== undefined;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all([...jobs.values()].map(forget));
    },
  };
}

function check(request: ExportRequest): void {
  const { series, format, columns, resolution, variant, from, to } = request;
  if (from >= to) throw new ExportRefused('from must be before to');
  if (series.length > exportLimits.seriesMax) {
    throw new ExportRefused(
      `${series.length} series are more than ${exportLimits.seriesMax}: name fewer devices or metrics`,
    );
  }
  if (variant === 'de' && format !== 'csv') {
    throw new ExportRefused('variant=de is a form of format=csv');
  }
  if (columns !== 'eea') return;
  if (format !== 'parquet' && format !== 'csv') {
    throw new ExportRefused('columns=eea is for format=parquet or format=csv');
  }
  if (resolution !== '1h' && resolution !== '1d') {
    throw new ExportRefused('columns=eea is for resolution=1h or resolution=1d');
  }
  if (!series.every(({ metric }) => pollutantCodes.has(metric))) {
    throw new ExportRefused(
      `columns=eea is for the metrics ${[...pollutantCodes.keys()].join(', ')}`,
    );
  }
}
