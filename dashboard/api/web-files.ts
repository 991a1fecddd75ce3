import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Api, Context } from './context.ts';
import { ApiError, sendProblem } from './errors.ts';
import { contentPolicy } from './security-headers.ts';

const page = 'index.html';
const tile = 'embed.html';

/** The built dashboard, its embeddable tile, and what is answered where nothing else does. */
export async function webFiles(app: Api, { config, deps }: Context): Promise<void> {
  const { webRoot } = deps;
  const isBuilt = webRoot !== undefined && existsSync(join(webRoot, page));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: webRoot,
      cacheControl: false,
      dotfiles: 'ignore',
      setHeaders: (response, path) => response.setHeader('cache-control', cacheControl(path)),
    });
  }
  // A page of its own, because only it may be shown by others: it knows no session and can do nothing.
  const policy = contentPolicy({
    tilesUrl: undefined,
    frameAncestors: config.embedAncestors ?? '*',
  });
  app.get('/embed/device/:provider/:device', { schema: { hide: true } }, (_request, reply) =>
    isBuilt ? reply.header('content-security-policy', policy).sendFile(tile) : notBuilt(reply),
  );
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return sendProblem(new ApiError('not-found'), request, reply);
    return isBuilt ? reply.sendFile(page) : notBuilt(reply);
  });
  if (!isBuilt) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => notBuilt(reply));
  }
}

/** Files under `assets` have a hash in their name: a change gives them another. */
function cacheControl(path: string): string {
  return path.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** A page of the dashboard, whose router knows it: not the API, not a file that is missing. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? '';
  const isFile = /\.[^/]*$/.test(path);
  const isNavigation = headers.accept?.includes('text/html') ?? false;
  return (
    (method === 'GET' || method === 'HEAD') &&
    isNavigation &&
    !isFile &&
    !/^\/(api|v1|mqtt)(\/|$)/.test(path)
  );
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(`<!doctype html>
<html lang="en">
<title>Sensorplatz</title>
<h1>The dashboard is not built yet</h1>
<p>Run <code>npm run build</code>, then start again. The API works: see <a href="/api/docs">/api/docs</a>.</p>
</html>
`);
}
