import { type Api, ApiFailure } from './api.ts';

/**
 * One answer of the API, read anew when its path changes. What is shown stays until the next answer is there, also
 * while the server cannot be reached; not when it says that there is nothing (any more) for this reader.
 */
export class Resource<T> {
  value = $state.raw<T | undefined>();
  failure = $state.raw<ApiFailure | undefined>();
  loading = $state(false);
  readonly #api: Api;
  #path = '';
  #instead: ((value: T) => string | undefined) | undefined;
  #abort = new AbortController();

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * `subject`: what the answer is about; an answer about another one is not left standing. `instead`: the path to
   * ask at once in place of an answer that is of no use.
   */
  async show(
    path: string,
    subject: string,
    instead?: (value: T) => string | undefined,
  ): Promise<void> {
    if (subject !== this.#subject) this.value = undefined;
    this.#subject = subject;
    this.#path = path;
    this.#instead = instead;
    await this.reload();
  }

  async reload(): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.loading = true;
    try {
      const value = await this.#api.get<T>(this.#path, signal);
      const other = this.#instead?.(value);
      this.value = other === undefined ? value : await this.#api.get<T>(other, signal);
      this.failure = undefined;
    } catch (fault) {
      if (signal.aborted) return;
      if (!(fault instanceof ApiFailure)) throw fault;
      this.failure = fault;
      if (fault.status >= 400 && fault.status < 500) this.value = undefined;
    }
    this.loading = false;
  }

  stop(): void {
    this.#abort.abort();
  }

  #subject = '';
}
