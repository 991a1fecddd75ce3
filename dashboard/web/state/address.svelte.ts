import { formatView, freshView, type PageName, parseView, type View } from './view.ts';

/** The view as the address has it: History API, no hash. The back button undoes a user's step. */
export class Address {
  view = $state.raw<View>(parseView(location));
  #writeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    window.addEventListener('popstate', () => {
      clearTimeout(this.#writeTimer);
      this.#writeTimer = undefined;
      this.view = parseView(location);
    });
  }

  /** A step of the user: a new entry of the history. */
  go(patch: Partial<View>): void {
    this.#flush();
    const next = { ...this.view, ...patch };
    if (formatView(next) === formatView(this.view)) return;
    this.view = next;
    history.pushState(null, '', formatView(next));
  }

  /** To another screen. */
  goTo(page: PageName, patch: Partial<View> = {}): void {
    this.go(freshView(this.view, page, patch));
  }

  /** Where a link to another screen leads: for `href`; a plain click is {@link follow}. */
  hrefOf(page: PageName, patch: Partial<View> = {}): string {
    return formatView(freshView(this.view, page, patch));
  }

  /**
   * For `onclick` of a link that was made with {@link hrefOf}: goes there without loading the page anew. Clicks that
   * mean a new tab or a download stay the browser's.
   */
  readonly follow = (event: MouseEvent & { currentTarget: HTMLAnchorElement }): void => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!plain || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    this.go(parseView(new URL(event.currentTarget.href)));
  };

  /** Moves on within a step (panning, typing); browsers allow few writes a second, so they are gathered. */
  adjust(patch: Partial<View>): void {
    this.view = { ...this.view, ...patch };
    this.#writeTimer ??= setTimeout(() => this.#flush(), writeMs);
  }

  /** The whole address of what is on the screen, for sending it to somebody. */
  link(): string {
    return `${location.origin}${formatView(this.view)}`;
  }

  #flush(): void {
    if (this.#writeTimer === undefined) return;
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    history.replaceState(null, '', formatView(this.view));
  }
}

const writeMs = 250;
