import { createShellCache } from './shell-cache.ts';

/** Put in by the build (`shell-files.ts`). */
declare const shellFiles: readonly string[];
declare const shellVersion: string;

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
/** As much of a service worker's scope as is used; the library's types of it cannot stand beside those of a page. */
interface WorkerScope {
  location: Location;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(name: 'install' | 'activate', take: (event: ExtendableEvent) => void): void;
  addEventListener(name: 'fetch', take: (event: FetchEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const shell = createShellCache({
  version: shellVersion,
  files: shellFiles,
  origin: scope.location.origin,
  caches,
  fetch: (...asked) => fetch(...asked),
});

scope.addEventListener('install', (event) => {
  // A new build takes over at once: pages come from the network anyway, and older files stay for those open.
  event.waitUntil(shell.install().then(() => scope.skipWaiting()));
});
scope.addEventListener('activate', (event) => {
  event.waitUntil(shell.activate().then(() => scope.clients.claim()));
});
scope.addEventListener('fetch', (event) => {
  const answer = shell.answer(event.request);
  if (answer) event.respondWith(answer);
});
