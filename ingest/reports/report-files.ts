import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Report, type ReportEntry } from '../../broker/contract/air.ts';

/** Reports as readers see them. */
export interface ReportShelf {
  /** All that are kept, the newest year first. */
  list(): Promise<ReportEntry[]>;
  /** Undefined: there is no such report, or it is damaged. */
  read(id: string): Promise<Report | undefined>;
}

export interface ReportFiles extends ReportShelf {
  /**
   * Keeps a report under its id. One that says what the kept one says changes nothing, not even `madeAt`.
   * At the bound the report of the oldest year makes room, or the new one is refused where it is the oldest.
   */
  put(report: Report): Promise<'written' | 'unchanged' | 'full'>;
}

export const reportLimits = {
  /** Reports that are kept; see {@link ReportFiles.put}. */
  reportsMax: 4_000,
  /** A larger file is not read: it is none of ours. */
  fileBytesMax: 4 * 1024 * 1024,
} as const;

interface Kept {
  mtimeMs: number;
  bytes: number;
  entry: ReportEntry;
}

const idPattern = /^[a-z]+-\d{4}-[0-9a-f]{20}$/;

/** The id of a report: the same subject always has the same one, and it is safe as a file's name. */
export function reportId(kind: Report['kind'], year: number, subject: readonly string[]): string {
  const hash = createHash('sha256').update(subject.join('\n')).digest('hex').slice(0, 20);
  return `${kind}-${String(year).padStart(4, '0')}-${hash}`;
}

/** Reports as JSON files in a folder, which several processes may read; one writes. */
export function createReportFiles(
  config: { folder: string; reportsMax?: number },
  deps: { log: Logger },
): ReportFiles {
  return new Files(config.folder, config.reportsMax ?? reportLimits.reportsMax, deps.log);
}

class Files implements ReportFiles {
  readonly #folder: string;
  readonly #reportsMax: number;
  readonly #log: Logger;
  /** What files held when they were last looked into, by id. */
  #known = new Map<string, Kept>();
  #listing: Promise<void> | undefined;

  constructor(folder: string, reportsMax: number, log: Logger) {
    this.#folder = folder;
    this.#reportsMax = reportsMax;
    this.#log = log;
  }

  async list(): Promise<ReportEntry[]> {
    this.#listing ??= this.#refresh().finally(() => {
      this.#listing = undefined;
    });
    await this.#listing;
    return [...this.#known.values()].map(({ entry }) => entry).sort(byYearAndId);
  }

  async read(id: string): Promise<Report | undefined> {
    if (!idPattern.test(id)) return undefined;
    const path = this.#path(id);
    const { size } = await stat(path).catch(() => ({ size: -1 }));
    if (size < 0 || size > reportLimits.fileBytesMax) return undefined;
    return this.#parse(id, await readFile(path, 'utf8').catch(() => ''));
  }

  async put(report: Report): Promise<'written' | 'unchanged' | 'full'> {
    if (!idPattern.test(report.id)) throw new Error(`${report.id} is no id of a report`);
    const kept = await this.read(report.id);
    if (kept && isSame(kept, report)) return 'unchanged';
    if (!kept && !(await this.#makeRoom(report.year))) return 'full';
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(report.id);
    await writeSynced(`${path}.new`, JSON.stringify(report));
    await rename(`${path}.new`, path);
    await this.#look(report.id);
    return 'written';
  }

  /** False when all that are kept are of the same year or newer. */
  async #makeRoom(year: number): Promise<boolean> {
    const entries = await this.list();
    if (entries.length < this.#reportsMax) return true;
    const oldest = entries.at(-1);
    if (!oldest || oldest.year >= year) return false;
    await rm(this.#path(oldest.id), { force: true });
    this.#known.delete(oldest.id);
    return true;
  }

  async #refresh(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const ids = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => idPattern.test(id))
      .slice(0, 2 * this.#reportsMax);
    for (const id of ids) await this.#look(id);
    const there = new Set(ids);
    for (const id of this.#known.keys()) if (!there.has(id)) this.#known.delete(id);
  }

  /** Looks into a file that is new or has changed. */
  async #look(id: string): Promise<void> {
    const found = await stat(this.#path(id)).catch(() => undefined);
    const known = this.#known.get(id);
    if (found && known?.mtimeMs === found.mtimeMs && known.bytes === found.size) return;
    const report = found ? await this.read(id) : undefined;
    if (!found || !report) this.#known.delete(id);
    else {
      const { mtimeMs, size: bytes } = found;
      this.#known.set(id, { mtimeMs, bytes, entry: entryOf(report) });
    }
  }

  #parse(id: string, text: string): Report | undefined {
    try {
      const report = Report.parse(JSON.parse(text));
      if (report.id === id) return report;
    } catch (err) {
      this.#log.warn({ err, id }, 'a report is damaged; it will be made anew');
    }
    return undefined;
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

function entryOf(report: Report): ReportEntry {
  const { id, kind, year, devices, madeAt } = report;
  const head = { id, kind, year, devices, madeAt };
  return report.kind === 'comparison' ? { ...head, metric: report.metric } : head;
}

function byYearAndId(a: ReportEntry, b: ReportEntry): number {
  if (a.year !== b.year) return b.year - a.year;
  return a.id < b.id ? -1 : 1;
}

/** Whether both say the same, made at whatever time. */
function isSame(kept: Report, made: Report): boolean {
  return (
    JSON.stringify({ ...kept, madeAt: 0 }) === JSON.stringify(Report.parse({ ...made, madeAt: 0 }))
  );
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}
