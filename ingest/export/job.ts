import { mkdir, rm } from 'node:fs/promises';
import type { ExportProgress } from '../../broker/contract/exports.ts';
import type { ExportEngine } from './engine.ts';
import { fileKinds } from './layout.ts';
import { makeFile } from './make-file.ts';
import { describeExport } from './metadata.ts';
import { Parts } from './parts.ts';
import { ExportCancelled, type ExportJob, type ExportRequest } from './port.ts';

export interface JobDeps {
  engine: ExportEngine;
  clock: () => number;
  /** Brings roll-ups up to date. */
  settle: () => Promise<void>;
  /** Called before each slice. @throws when there is no room */
  reserve(job: Job): Promise<void>;
}

export interface JobConfig {
  id: string;
  folder: string;
  ageMsMax: number;
  abandonedMsMax: number;
}

/** For readers that stay. */
const never = new AbortController().signal;

/** An export being made, or made. */
export class Job implements ExportJob {
  readonly #config: JobConfig;
  readonly #deps: JobDeps;
  readonly #request: ExportRequest;
  readonly #parts = new Parts();
  readonly #abort = new AbortController();
  readonly #createdAt: number;
  readonly #hasBegun: Promise<void>;
  #begin: () => void = () => undefined;
  readonly #work: Promise<void>;
  #state: ExportProgress['state'] = 'running';
  #failure: Error | undefined;
  #rows = 0;
  #share = 0;
  #doneAt: number | undefined;
  #sha256: string | undefined;
  #readers = 0;
  #abandoned: NodeJS.Timeout | undefined;

  constructor(config: JobConfig, request: ExportRequest, deps: JobDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#request = request;
    this.#createdAt = deps.clock();
    this.#hasBegun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.#work = this.#make();
    if (!request.detached) this.#awaitReader();
  }

  get id(): string {
    return this.#config.id;
  }

  get request(): ExportRequest {
    return this.#request;
  }

  get owner(): string {
    return this.#request.owner;
  }

  get isGuest(): boolean {
    return this.#request.isGuest ?? false;
  }

  get state(): ExportProgress['state'] {
    return this.#state;
  }

  get bytes(): number {
    return this.#parts.bytes;
  }

  /** When it may be forgotten; undefined while it is being made. */
  get expiresAt(): number | undefined {
    return this.#doneAt === undefined ? undefined : this.#doneAt + this.#config.ageMsMax;
  }

  progress(): ExportProgress {
    const { expiresAt } = this;
    const failure = this.#failure;
    return {
      id: this.id,
      state: this.#state,
      rows: this.#rows,
      bytes: this.#parts.bytes,
      share: this.#share,
      createdAt: this.#createdAt,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      fileName: this.#fileName(),
      contentType: fileKinds[this.#request.format].contentType,
      ...(this.#sha256 === undefined ? {} : { sha256: this.#sha256 }),
      ...(failure ? { failure: told(failure) } : {}),
    };
  }

  async begun(): Promise<void> {
    await Promise.race([this.#hasBegun, this.#work]);
    if (this.#failure) throw this.#failure;
  }

  async finished(): Promise<void> {
    await this.#work;
    if (this.#failure) throw this.#failure;
  }

  async *read({
    from = 0,
    to = Number.POSITIVE_INFINITY,
    gone = never,
  }: {
    from?: number;
    to?: number;
    gone?: AbortSignal;
  } = {}): AsyncGenerator<Buffer> {
    this.#readers += 1;
    clearTimeout(this.#abandoned);
    try {
      yield* this.#parts.read(from, to, gone);
    } finally {
      this.#readers -= 1;
      this.#awaitReader();
    }
  }

  metadata(): Record<string, unknown> {
    return describeExport(this.#request, this.progress());
  }

  /** Interrupts what is under way and deletes the file. Resolves when both are done. */
  async cancel(): Promise<void> {
    clearTimeout(this.#abandoned);
    const reason = new ExportCancelled('the export was cancelled');
    this.#abort.abort(reason);
    await this.#work;
    this.#state = 'cancelled';
    this.#failure ??= reason;
    this.#parts.fail(this.#failure);
    await rm(this.#config.folder, { recursive: true, force: true });
  }

  async #make(): Promise<void> {
    const { folder } = this.#config;
    const { signal } = this.#abort;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (this.#request.resolution !== 'raw') await this.#deps.settle();
      signal.throwIfAborted();
      await makeFile({
        request: this.#request,
        engine: this.#deps.engine,
        folder,
        parts: this.#parts,
        signal,
        reserve: () => this.#deps.reserve(this),
        onBegin: () => this.#begin(),
        onProgress: ({ rows, share }) => {
          this.#rows = rows;
          this.#share = Math.max(this.#share, share);
        },
      });
      this.#sha256 = await this.#parts.complete();
      this.#share = 1;
      this.#state = 'done';
    } catch (error) {
      this.#state = 'failed';
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#parts.fail(this.#failure);
      await rm(folder, { recursive: true, force: true });
    }
    this.#doneAt = this.#deps.clock();
    clearTimeout(this.#abandoned);
  }

  /** One that was begun by a download ends when nobody reads it. */
  #awaitReader(): void {
    if (this.#request.detached || this.#state !== 'running' || this.#readers > 0) return;
    clearTimeout(this.#abandoned);
    this.#abandoned = setTimeout(() => void this.cancel(), this.#config.abandonedMsMax);
    this.#abandoned.unref();
  }

  #fileName(): string {
    const { resolution, from, to, format, series } = this.#request;
    const day = (at: number) => new Date(at).toISOString().slice(0, 10);
    const devices = new Set(series.map(({ device }) => device));
    const [only] = devices;
    const subject = devices.size === 1 && only ? only.replace('/', '-') : 'sensorplatz';
    const span = `${day(from)}_${day(Math.max(from, to - 1))}`;
    return `${subject}_${resolution}_${span}.${fileKinds[format].extension}`;
  }
}

/** Failures of ours say what to do; of others nothing is repeated to readers. */
function told(error: Error): { code: string; message: string } {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !toldCodes.has(code)) {
    return { code: 'internal', message: 'the export could not be made' };
  }
  const isStore = code === 'store-unavailable';
  return { code, message: isStore ? 'the store does not answer' : error.message };
}

const toldCodes: ReadonlySet<string> = new Set([
  'export-too-large',
  'export-cancelled',
  'storage-full',
  'store-unavailable',
]);
