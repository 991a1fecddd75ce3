import type { App } from '../state/app.svelte.ts';
import { menuFor } from './screens.ts';

/** After `g` a letter is waited for this long. */
const goMs = 2_000;

interface KeyboardDeps {
  clock: () => number;
  onHelp: () => void;
}

/**
 * The keys that hold on every screen. Those of a single character can be switched off (WCAG 2.1.4) and never act while
 * something is typed; Escape always goes one step out.
 */
export function createKeyboard(app: App, { clock, onHelp }: KeyboardDeps) {
  let goAt: number | undefined;

  function single(event: KeyboardEvent): boolean {
    const going = goAt !== undefined && clock() - goAt <= goMs;
    goAt = undefined;
    if (going) return go(event.key);
    if (event.key === '/') return focusSearch();
    if (event.key === '?') onHelp();
    else if (event.key === 'p') togglePause();
    else if (event.key === 'g') goAt = clock();
    else return false;
    return true;
  }

  function go(letter: string): boolean {
    const screen = menuFor(app.session.current).find(({ key }) => key === letter);
    if (screen) app.address.goTo(screen.page);
    return screen !== undefined;
  }

  function togglePause(): void {
    if (app.live.paused) app.live.resume();
    else app.live.pause();
  }

  function stepOut(): void {
    const { page, device } = app.address.view;
    if (page === 'export' || page === 'device') app.address.goTo('overview', { device });
    else if (device !== undefined) app.select(undefined);
  }

  return (event: KeyboardEvent): void => {
    const { target, ctrlKey, metaKey, altKey, key } = event;
    const typing = target instanceof Element && target.matches('input, select, textarea');
    if (typing || event.defaultPrevented || document.querySelector(layers)) return;
    if (key === 'Escape') stepOut();
    else if (app.shortcuts && !ctrlKey && !metaKey && !altKey && single(event)) {
      event.preventDefault();
    }
  };
}

/** What lies over the screen has the keys for itself. */
const layers = 'dialog[open], :popover-open';

function focusSearch(): boolean {
  const search = document.getElementById('search');
  search?.focus();
  return search !== null;
}
