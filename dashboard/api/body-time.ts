import type { Api } from './context.ts';

/**
 * Bounds the time in which a request must have come in as a whole, headers and body, except for routes that take
 * uploads. The server has one bound for all, which must be as long as the longest upload.
 */
export function limitBodyTime(app: Api, msMax: number): void {
  app.server.headersTimeout = msMax;
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (raw.complete || routeOptions.config.isUpload) return;
    // Most requests have no body, which is known a moment later only.
    const timer = setTimeout(() => {
      if (!raw.complete) raw.destroy();
    }, msMax);
    raw.once('close', () => clearTimeout(timer));
  });
}
