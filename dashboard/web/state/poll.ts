import type { Live } from './live.svelte.ts';

/** Reads again every so often while somebody looks: not in a hidden tab, not while paused. Returns what ends it. */
export function poll(
  live: Pick<Live, 'paused'>,
  everyMs: number,
  read: () => Promise<void>,
): () => void {
  const timer = setInterval(() => {
    if (!document.hidden && !live.paused) void read();
  }, everyMs);
  return () => clearInterval(timer);
}
