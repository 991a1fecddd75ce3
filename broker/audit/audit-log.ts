import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  type AuditCheck,
  type AuditEntry,
  type AuditEvent,
  type AuditFilter,
  type AuditLog,
  AuditUnavailable,
} from '../contract/audit.ts';
import { chained, follows, parseEntry } from './chain.ts';

export interface AuditLimits {
  /** A file that has grown to this is closed and the next one begun. */
  fileBytes: number;
  /** Files that are kept; the oldest is deleted. */
  filesMax: number;
  /** Events that wait for the disk; a further one is refused with {@link AuditUnavailable}. */
  waitingMax: number;
}

export const auditLimits: AuditLimits = {
  fileBytes: 4 * 1024 * 1024,
  filesMax: 32,
  waitingMax: 10_000,
};

interface Waiting {
  event: AuditEvent;
  settle: (error?: Error) => void;
}

/** Opens the audit log in a folder that is made when missing. One process writes it. */
export function createAuditLog(
  config: { folder: string; limits?: Partial<AuditLimits> },
  deps: { log: Logger },
): AuditLog & { close(): Promise<void> } {
  return new AuditFiles(config.folder, { ...auditLimits, ...config.limits }, deps.log);
}

class AuditFiles implements AuditLog {
  readonly #folder: string;
  readonly #limits: AuditLimits;
  readonly #log: Logger;
  #last: { seq: number; hash: string } | undefined;
  #file: FileHandle | undefined;
  /** Bytes of the file that hold whole, synced lines. */
  #fileBytes = 0;
  /** The newest file, to go on in; undefined: begin one. */
  #name: string | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(folder: string, limits: AuditLimits, log: Logger) {
    this.#folder = folder;
    this.#limits = limits;
    this.#log = log;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#recover();
  }

  append(event: AuditEvent): Promise<void> {
    if (this.#waiting.length >= this.#limits.waitingMax) {
      return Promise.reject(new AuditUnavailable('too many audit events wait for the disk'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, settle: (error) => (error ? reject(error) : resolve()) });
      this.#writing ??= this.#drain();
    });
  }

  async list(filter: AuditFilter): Promise<AuditEntry[]> {
    const found: AuditEntry[] = [];
    for (const name of (await this.#names()).reverse()) {
      if (filter.before !== undefined && firstSeqOf(name) >= filter.before) continue;
      for (const line of (await this.#lines(name)).reverse()) {
        if (found.length >= filter.limit) return found;
        const entry = parseEntry(line);
        if (entry && matches(entry, filter)) found.push(entry);
      }
    }
    return found;
  }

  async check(): Promise<AuditCheck> {
    let before: AuditEntry | undefined;
    let entries = 0;
    for (const name of await this.#names()) {
      for (const line of await this.#lines(name)) {
        entries += 1;
        const entry = parseEntry(line);
        if (!entry || !follows(entry, before)) {
          const brokenAt = entry?.seq ?? (before?.seq ?? firstSeqOf(name) - 1) + 1;
          return { whole: false, entries, brokenAt };
        }
        before = entry;
      }
    }
    return { whole: true, entries };
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    // What else comes in this turn of the event loop shares the sync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(batch.map(({ event }) => event));
        for (const { settle } of batch) settle();
      } catch (error) {
        this.#log.error({ err: error }, 'audit log not written');
        await this.#undo();
        const cause = new AuditUnavailable('the audit log cannot be written', { cause: error });
        for (const { settle } of batch) settle(cause);
      }
    }
    this.#writing = undefined;
  }

  async #write(events: readonly AuditEvent[]): Promise<void> {
    let last = this.#last;
    const lines = events.map((event) => {
      const entry = chained(event, last);
      last = entry;
      return `${JSON.stringify(entry)}\n`;
    });
    const bytes = Buffer.from(lines.join(''));
    if (this.#fileBytes >= this.#limits.fileBytes) {
      await this.#file?.close();
      this.#file = undefined;
      this.#name = undefined;
    }
    this.#file ??= await this.#open((this.#last?.seq ?? 0) + 1);
    await this.#file.appendFile(bytes);
    await this.#file.datasync();
    this.#fileBytes += bytes.length;
    this.#last = last;
  }

  /** Goes on in the newest file, or begins one. */
  async #open(firstSeq: number): Promise<FileHandle> {
    if (this.#name !== undefined) return open(join(this.#folder, this.#name), 'a', 0o600);
    this.#name = nameOf(firstSeq);
    const file = await open(join(this.#folder, this.#name), 'a', 0o600);
    const folder = await open(this.#folder, 'r');
    await folder.sync();
    await folder.close();
    this.#fileBytes = 0;
    const names = await this.#names();
    for (const name of names.slice(0, Math.max(0, names.length - this.#limits.filesMax))) {
      await rm(join(this.#folder, name), { force: true });
    }
    return file;
  }

  /** After a failed write nobody knows what the file holds: it is cut to what was synced. */
  async #undo(): Promise<void> {
    try {
      await this.#file?.truncate(this.#fileBytes);
      await this.#file?.close();
    } catch (error) {
      this.#log.error({ err: error }, 'audit log not cut back: its chain may be broken here');
    }
    this.#file = undefined;
  }

  /** Finds the newest entry on disk, after which the chain goes on. */
  #recover(): void {
    const names = readdirSync(this.#folder).filter(isAuditFile).sort().reverse();
    for (const name of names) {
      const path = join(this.#folder, name);
      const text = readFileSync(path, 'utf8');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length < text.length) {
        this.#log.warn({ file: name }, 'a torn last line of the audit log was cut off');
        truncateSync(path, Buffer.byteLength(whole));
      }
      if (this.#name === undefined) {
        this.#name = name;
        this.#fileBytes = Buffer.byteLength(whole);
      }
      const last = whole.split('\n').findLast((line) => parseEntry(line) !== undefined);
      this.#last = last === undefined ? undefined : parseEntry(last);
      if (this.#last) return;
    }
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter(isAuditFile).sort();
  }

  /** The lines of a file; none when it was deleted meanwhile. */
  async #lines(name: string): Promise<string[]> {
    try {
      const text = await readFile(join(this.#folder, name), 'utf8');
      return text.split('\n').filter((line) => line !== '');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

const filePattern = /^audit-(\d{12})\.ndjson$/;

function isAuditFile(name: string): boolean {
  return filePattern.test(name);
}

function nameOf(firstSeq: number): string {
  return `audit-${String(firstSeq).padStart(12, '0')}.ndjson`;
}

function firstSeqOf(name: string): number {
  return Number(filePattern.exec(name)?.[1] ?? 0);
}

function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  const { actor, action, object, from, to, before } = filter;
  if (actor !== undefined && entry.actor !== actor) return false;
  if (action !== undefined && entry.action !== action) return false;
  if (object !== undefined && entry.object !== object) return false;
  if (from !== undefined && entry.at < from) return false;
  if (to !== undefined && entry.at >= to) return false;
  return before === undefined || entry.seq < before;
}
