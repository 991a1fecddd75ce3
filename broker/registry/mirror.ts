import type { RegistryChange } from '../contract/registry.ts';
import type { RegistryFile } from './registry-file.ts';
import type { LoggedChange } from './schema.ts';
import type { RegistryState } from './state.ts';

/** How often changes of other processes are looked for. */
const pollMs = 500;

/** The registry's file in memory, which follows what this and other processes write. */
export class Mirror {
  readonly #file: RegistryFile;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(change: RegistryChange) => void>();
  readonly #timer: NodeJS.Timeout;
  #state: RegistryState;
  /** Number of the last change that the state includes. */
  #seq: number;
  /** A listener that looks something up must not begin again what is under way. */
  #isCatchingUp = false;
  #isClosed = false;

  /** `onError` is told when the file could not be read by the clock or for a look-up; the next one tries again. */
  constructor(file: RegistryFile, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
    ({ state: this.#state, seq: this.#seq } = file.load());
    this.#timer = setInterval(() => this.#tryToCatchUp(), pollMs);
    this.#timer.unref();
  }

  get state(): RegistryState {
    return this.#state;
  }

  /**
   * Looks something up. What is not known may have come from another process since the last poll: a
   * reading of a device that was registered a moment ago must not be refused.
   */
  find<T>(lookUp: (state: RegistryState) => T | undefined): T | undefined {
    const known = lookUp(this.#state);
    if (known !== undefined || this.#isClosed) return known;
    this.#tryToCatchUp();
    return lookUp(this.#state);
  }

  /** Brings memory up to the file: the one way in for changes of our own and of others, in one order. */
  catchUp(): void {
    if (this.#isCatchingUp || this.#file.lastChange() === this.#seq) return;
    this.#isCatchingUp = true;
    try {
      const changes = this.#file.changesAfter(this.#seq);
      if (!changes) this.#reload();
      for (const { seq, change } of changes ?? []) {
        this.#state.apply(change);
        this.#seq = seq;
        this.#announce(change);
      }
    } finally {
      this.#isCatchingUp = false;
    }
  }

  onChange(listener: (change: RegistryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #tryToCatchUp(): void {
    try {
      this.catchUp();
    } catch (error) {
      this.#onError(error);
    }
  }

  #reload(): void {
    const before = this.#state;
    ({ state: this.#state, seq: this.#seq } = this.#file.load());
    for (const change of before.differencesTo(this.#state)) this.#announce(change);
  }

  #announce(change: LoggedChange): void {
    for (const listener of this.#listeners) listener(withoutHash(change));
  }
}

function withoutHash(change: LoggedChange): RegistryChange {
  switch (change.kind) {
    case 'tokens':
      return { kind: 'tokens', account: change.account };
    case 'device':
      return { kind: 'device', key: change.key, device: change.device };
    case 'provider':
      return { kind: 'provider', id: change.id, provider: change.provider };
    default:
      return change;
  }
}
