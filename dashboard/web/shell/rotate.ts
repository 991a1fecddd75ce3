import type { App } from '../state/app.svelte.ts';
import { freshView, type Rotation } from '../state/view.ts';

/** Goes from screen to screen until it is stopped; leaves no trace in the history, which a wall never goes back in. */
export function rotate(app: App, { pages, seconds }: Rotation): () => void {
  const timer = setInterval(() => {
    const at = pages.indexOf(app.address.view.page);
    const next = pages[(at + 1) % pages.length] ?? 'overview';
    app.address.adjust(freshView(app.address.view, next));
  }, seconds * 1_000);
  return () => clearInterval(timer);
}
