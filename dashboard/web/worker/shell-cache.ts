/** What the worker needs of the browser; told apart so that it can be tried without one. */
interface ShellDeps {
  /** Changes with every build. */
  version: string;
  /** Paths of the build's files with a hash in their names: they never change. */
  files: readonly string[];
  origin: string;
  caches: CacheStorage;
  fetch: typeof fetch;
}

type Asked = Pick<Request, 'method' | 'mode' | 'url'>;

/**
 * The page itself for when the server cannot be reached: its hashed files, and the one HTML page in front of them.
 * Nothing else is ever kept: no answer of the API, no stream, no value. What the server can say it always says.
 */
export function createShellCache({ version, files, origin, caches, fetch }: ShellDeps) {
  const name = `${prefix}${version}`;

  /** Fetches the shell of this build, all of it or nothing. */
  async function install(): Promise<void> {
    const cache = await caches.open(name);
    await cache.addAll(files);
    const page = await fetch(pagePath, { cache: 'reload', credentials: 'omit' });
    if (!page.ok) throw new Error(`the page was answered with ${page.status}`);
    await cache.put(pagePath, page);
  }

  /** Forgets older builds but for the last: pages of it may be open, and ask for parts that the server has no more. */
  async function activate(): Promise<void> {
    const older = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);
    await Promise.all(older.slice(0, -1).map((key) => caches.delete(key)));
  }

  /** The answer to a request; undefined: none of the worker's business. */
  function answer(request: Asked): Promise<Response> | undefined {
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.origin !== origin) return undefined;
    if (url.pathname.startsWith('/assets/')) return file(request);
    if (request.mode === 'navigate' && !notOurs.test(url.pathname)) return page(request);
    return undefined;
  }

  async function file(request: Asked): Promise<Response> {
    return (await caches.match(request.url)) ?? fetch(request as Request);
  }

  async function page(request: Asked): Promise<Response> {
    const kept = async (): Promise<Response | undefined> =>
      (await caches.open(name)).match(pagePath);
    try {
      const response = await fetch(request as Request);
      // A proxy in front that does not reach the server.
      return isUnreached(response) ? ((await kept()) ?? response) : response;
    } catch (fault) {
      const page = await kept();
      if (!page) throw fault;
      return page;
    }
  }

  return { install, activate, answer };
}

const prefix = 'sensorplatz-shell-';
const pagePath = '/index.html';
/** Pages that are not the dashboard, and files. */
const notOurs = /^\/(api|v1|embed|mqtt|healthz|readyz|metrics)(\/|$)|\.[^/]*$/;

function isUnreached({ status }: Response): boolean {
  return status === 502 || status === 504;
}
