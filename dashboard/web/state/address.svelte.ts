import { formatView, parseView, type View } from './view.ts';

/** The view as the address has it: History API, no hash. The back button undoes a user's step. */
export class Address {
  view = $state.raw<View>(parseView(location.search));
  #writeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    window.addEventListener('popstate', () => {
      clearTimeout(this.#writeTimer);
      this.#writeTimer = undefined;
      this.view = parseView(location.search);
    });
  }

  /** A step of the user: a new entry of the history. */
  go(patch: Partial<View>): void {
    this.#flush();
    const next = { ...this.view, ...patch };
    if (formatView(next) === formatView(this.view)) return;
    this.view = next;
    history.pushState(null, '', urlOf(next));
  }

  /** Moves on within a step (panning, typing); browsers allow few writes a second, so they are gathered. */
  adjust(patch: Partial<View>): void {
    this.view = { ...this.view, ...patch };
    this.#writeTimer ??= setTimeout(() => this.#flush(), writeMs);
  }

  #flush(): void {
    if (this.#writeTimer === undefined) return;
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    history.replaceState(null, '', urlOf(this.view));
  }
}

const writeMs = 250;

function urlOf(view: View): string {
  return location.pathname + formatView(view);
}
