import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { ExportEngine } from './engine.ts';
import { Job } from './job.ts';
import { KeptJobs } from './kept-jobs.ts';
import { exportLimits } from './limits.ts';
import { pollutantCodes } from './pollutants.ts';
import { ExportRefused, type ExportRequest, type Exports } from './port.ts';

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
  // The engine allows itself the absolute path only.
  const root = resolve(config.folder);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o700 });

  const kept = new KeptJobs(root, limits, deps.log);
  const timer = setInterval(() => {
    kept.sweep(deps.clock()).catch((err: unknown) => {
      deps.log.warn({ err }, 'an expired export was not deleted');
    });
  }, sweepEveryMs);
  timer.unref();

  return {
    start(request) {
      check(request);
      kept.makePlace(request);
      const id = randomUUID();
      const { ageMsMax, abandonedMsMax } = limits;
      const job = new Job({ id, folder: join(root, id), ageMsMax, abandonedMsMax }, request, {
        ...deps,
        settle: deps.settle ?? (async () => undefined),
        reserve: (job) => kept.reserve(job),
      });
      kept.add(job);
      job.finished().catch((err: Error & { code?: string }) => {
        if (err.code === 'export-cancelled') return;
        deps.log.warn({ err, id }, 'an export was not made');
      });
      return job;
    },
    find: (id) => kept.find(id),
    async cancel(id) {
      const job = kept.find(id);
      if (job) await kept.forget(job);
      return job !== undefined;
    },
    async stop() {
      clearInterval(timer);
      await kept.forgetAll();
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
