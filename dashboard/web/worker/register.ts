/** The first picture and the stream have the line for themselves until then. */
const waitMs = 5_000;

/**
 * Makes the page open without a server from the next time on. Browsers allow it to secure origins only (and to this
 * computer); a development server has no built files to keep.
 */
export function keepShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  setTimeout(() => {
    // Refused in private windows, or where storage is blocked: the page then needs the server, as ever.
    navigator.serviceWorker.register('/sw.js').catch(() => undefined);
  }, waitMs);
}
