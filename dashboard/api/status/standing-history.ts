import { readFile, rename, writeFile } from 'node:fs/promises';
import type { StandingCounts, StandingHistory } from '../../../broker/contract/platform-status.ts';
import { standings } from '../../../broker/contract/standing.ts';

/** Who may see what is counted: everything, or what is public. */
export const historyAudiences = ['all', 'public'] as const;
export type HistoryAudience = (typeof historyAudiences)[number];

type Sample = { at: number } & Record<HistoryAudience, StandingCounts>;

export const sampleEveryMs = 5 * 60_000;
/** Eight days: the same hour of last week, also when a few samples are missing. */
export const samplesMax = (8 * 86_400_000) / sampleEveryMs;
const weekMs = 7 * 86_400_000;

/** Counts of devices by standing, every five minutes for eight days; kept on disk where a path is given. */
export class StandingCountsHistory {
  readonly #path: string | undefined;
  #samples: Sample[] = [];

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Reads what was kept; a file that cannot be read is as none: these are counts, not measurements. */
  async load(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      const kept: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      if (Array.isArray(kept)) this.#samples = kept.filter(isSample).slice(-samplesMax);
    } catch {
      this.#samples = [];
    }
  }

  async add(sample: Sample): Promise<void> {
    // A clock that was set back would leave them out of order.
    while ((this.#samples.at(-1)?.at ?? 0) >= sample.at) this.#samples.pop();
    this.#samples.push(sample);
    if (this.#samples.length > samplesMax) this.#samples.shift();
    if (this.#path === undefined) return;
    await writeFile(`${this.#path}.new`, JSON.stringify(this.#samples), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }

  /** The counts of a week ago, if a sample is near enough to that instant. */
  weekAgo(audience: HistoryAudience, now: number): StandingCounts | null {
    const wanted = now - weekMs;
    let best: Sample | undefined;
    for (const sample of this.#samples) {
      if (!best || Math.abs(sample.at - wanted) < Math.abs(best.at - wanted)) best = sample;
    }
    return best && Math.abs(best.at - wanted) <= 2 * sampleEveryMs ? best[audience] : null;
  }

  since(audience: HistoryAudience, from: number): StandingHistory {
    const columns: StandingHistory = { at: [], abnormal: [], stale: [], offline: [], ok: [] };
    for (const sample of this.#samples) {
      if (sample.at < from) continue;
      columns.at.push(sample.at);
      for (const standing of standings) columns[standing].push(sample[audience][standing]);
    }
    return columns;
  }
}

function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false;
  const { at, all, public: open } = value as Partial<Sample>;
  return typeof at === 'number' && isCounts(all) && isCounts(open);
}

function isCounts(value: unknown): value is StandingCounts {
  if (typeof value !== 'object' || value === null) return false;
  return standings.every((standing) => Number.isInteger((value as StandingCounts)[standing]));
}
