import { describe, expect, it } from 'vitest';
import { createShellCache } from '../../../dashboard/web/worker/shell-cache.ts';

const origin = 'https://city.example';

class FakeCaches {
  readonly kept = new Map<string, Map<string, Response>>();
  readonly #fetch: (path: string) => Promise<Response>;

  constructor(fetch: (path: string) => Promise<Response>) {
    this.#fetch = fetch;
  }

  async open(name: string) {
    const entries = this.kept.get(name) ?? new Map<string, Response>();
    this.kept.set(name, entries);
    return {
      addAll: async (paths: string[]) => {
        const answers = await Promise.all(paths.map((path) => this.#fetch(path)));
        if (answers.some(({ ok }) => !ok)) throw new TypeError('not all were there');
        paths.forEach((path, index) => {
          entries.set(path, answers[index] as Response);
        });
      },
      put: async (path: string, answer: Response) => void entries.set(path, answer),
      match: async (path: string) => entries.get(path)?.clone(),
    };
  }

  async match(url: string) {
    for (const entries of this.kept.values()) {
      const found = entries.get(new URL(url, origin).pathname);
      if (found) return found.clone();
    }
    return undefined;
  }

  async keys() {
    return [...this.kept.keys()];
  }

  async delete(name: string) {
    return this.kept.delete(name);
  }
}

/** A server whose build can be replaced and that can go away, and the caches of one browser. */
function setUp() {
  const server = { build: 'one', reached: true, status: 200 };
  const asked: string[] = [];
  const fetch = async (what: string | { url: string }) => {
    const path = new URL(typeof what === 'string' ? what : what.url, origin).pathname;
    asked.push(path);
    if (!server.reached) throw new TypeError('Failed to fetch');
    const gone = path.startsWith('/assets/') && !path.includes(server.build);
    return new Response(`${path} of build ${server.build}`, { status: gone ? 404 : server.status });
  };
  const caches = new FakeCaches(fetch);
  const worker = () =>
    createShellCache({
      version: server.build,
      files: [`/assets/index-${server.build}.js`, `/assets/map-${server.build}.js`],
      origin,
      caches: caches as unknown as CacheStorage,
      fetch: fetch as typeof globalThis.fetch,
    });
  const ask = (shell: ReturnType<typeof worker>, path: string, mode = 'cors') =>
    shell.answer({ url: new URL(path, origin).href, method: 'GET', mode: mode as RequestMode });
  return { server, asked, caches, worker, ask };
}

describe('what the worker leaves alone', () => {
  it.each([
    '/api/v1/live',
    '/api/v1/latest',
    '/api/v1/session',
    '/healthz',
    '/icon.svg',
    '/sw.js',
    'https://elsewhere.example/assets/index-one.js',
  ])('%s', async (url) => {
    const { worker, ask, asked } = setUp();
    const shell = worker();
    await shell.install();
    const before = asked.length;
    expect(ask(shell, url)).toBeUndefined();
    expect(asked.length).toBe(before);
  });

  it.each(['/api/docs', '/embed/device/ulm/a1', '/metrics', '/assets.txt'])(
    'the page %s, which is not the dashboard',
    (url) => expect(ask2(url)).toBeUndefined(),
  );

  function ask2(url: string) {
    const { worker, ask } = setUp();
    return ask(worker(), url, 'navigate');
  }

  it('whatever changes something', () => {
    const { worker } = setUp();
    const request = { url: `${origin}/`, method: 'POST', mode: 'navigate' } as const;
    expect(worker().answer(request)).toBeUndefined();
  });

  it('never keeps anything beside the files of the build and its page', async () => {
    const { worker, ask, caches } = setUp();
    const shell = worker();
    await shell.install();
    await ask(shell, '/air', 'navigate');
    await ask(shell, '/assets/other-one.js');
    const all = [...caches.kept.values()].flatMap((entries) => [...entries.keys()]);
    expect(all.sort()).toEqual(['/assets/index-one.js', '/assets/map-one.js', '/index.html']);
  });
});

describe('the page', () => {
  it.each(['/', '/air', '/device/ulm/a1?lang=ca'])(
    '%s comes from the server while there is one',
    async (path) => {
      const { server, worker, ask } = setUp();
      const shell = worker();
      await shell.install();
      server.build = 'two';
      expect(await (await ask(shell, path, 'navigate'))?.text()).toMatch(/of build two$/);
    },
  );

  it('opens without a server, with all its parts', async () => {
    const { server, worker, ask } = setUp();
    const shell = worker();
    await shell.install();
    server.reached = false;
    expect(await (await ask(shell, '/air', 'navigate'))?.text()).toBe('/index.html of build one');
    expect((await ask(shell, '/assets/map-one.js'))?.ok).toBe(true);
  });

  it.each([502, 504])('opens when a proxy says that it reaches no server (%d)', async (status) => {
    const { server, worker, ask } = setUp();
    const shell = worker();
    await shell.install();
    server.status = status;
    expect(await (await ask(shell, '/', 'navigate'))?.text()).toBe('/index.html of build one');
  });

  it.each([404, 500, 503])('is what the server says, also when that is %d', async (status) => {
    const { server, worker, ask } = setUp();
    const shell = worker();
    await shell.install();
    server.status = status;
    expect((await ask(shell, '/', 'navigate'))?.status).toBe(status);
  });

  it('fails as without a worker when nothing was kept', async () => {
    const { server, worker, ask } = setUp();
    server.reached = false;
    await expect(ask(worker(), '/', 'navigate')).rejects.toThrow('Failed to fetch');
  });
});

describe('a new build', () => {
  it('replaces the old one, whose parts stay for the pages that are open', async () => {
    const { server, worker, ask, caches } = setUp();
    await worker().install();
    for (const build of ['two', 'three']) {
      server.build = build;
      const shell = worker();
      await shell.install();
      await shell.activate();
    }
    expect(await caches.keys()).toEqual(['sensorplatz-shell-two', 'sensorplatz-shell-three']);
    const shell = worker();
    expect((await ask(shell, '/assets/map-two.js'))?.ok, 'an open page of the build before').toBe(
      true,
    );
    server.reached = false;
    expect(await (await ask(shell, '/', 'navigate'))?.text()).toBe('/index.html of build three');
  });

  it('that is not there as a whole is not taken, and the old one stays', async () => {
    const { server, worker, ask } = setUp();
    const old = worker();
    await old.install();
    const next = worker();
    server.status = 500;
    await expect(next.install()).rejects.toThrow();
    server.reached = false;
    expect((await ask(old, '/', 'navigate'))?.ok).toBe(true);
  });
});
