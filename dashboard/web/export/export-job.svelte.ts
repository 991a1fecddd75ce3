import type { ExportProgress } from '../../../broker/contract/exports.ts';
import { type Api, ApiFailure } from '../state/api.ts';

/** One export on the server, watched. It goes on when nobody looks. */
export class ExportJob {
  progress = $state.raw<ExportProgress | undefined>();
  failure = $state.raw<ApiFailure | undefined>();
  starting = $state(false);
  readonly #api: Api;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get running(): boolean {
    return this.starting || this.progress?.state === 'running';
  }

  async start(body: Record<string, string>): Promise<void> {
    clearTimeout(this.#timer);
    this.starting = true;
    this.failure = undefined;
    this.progress = undefined;
    try {
      this.#watch(await this.#api.send<ExportProgress>('POST', '/exports', body));
    } catch (fault) {
      this.#fail(fault);
    }
    this.starting = false;
  }

  async cancel(): Promise<void> {
    const { progress } = this;
    if (progress?.state !== 'running') return;
    clearTimeout(this.#timer);
    try {
      await this.#api.send('DELETE', `/exports/${progress.id}`);
      this.progress = { ...progress, state: 'cancelled' };
    } catch (fault) {
      this.#fail(fault);
    }
  }

  #watch(progress: ExportProgress): void {
    this.progress = progress;
    if (progress.state === 'running') this.#timer = setTimeout(() => void this.#look(), lookMs);
  }

  async #look(): Promise<void> {
    const before = this.progress;
    if (before?.state !== 'running') return;
    try {
      const next = await this.#api.get<ExportProgress>(`/exports/${before.id}`);
      // Cancelled, or another one begun, while the answer was on its way.
      if (this.progress === before) this.#watch(next);
    } catch (fault) {
      if (this.progress !== before) return;
      if (fault instanceof ApiFailure && fault.status === 0) this.#watch({ ...before });
      else this.#fail(fault);
    }
  }

  #fail(fault: unknown): void {
    if (!(fault instanceof ApiFailure)) throw fault;
    this.failure = fault;
    this.progress = undefined;
  }
}

/** Often enough to see it move. */
const lookMs = 500;
