import type { FastifyReply } from 'fastify';
import { tilesOrigin } from './config.ts';
import type { Api, Context } from './context.ts';
import { ApiError } from './errors.ts';

/** Headers of every answer; nothing but ourselves, except the host of map tiles where one is configured. */
export function securityHeaders(app: Api, context: Context): void {
  const fixed = fixedHeaders(context.config.mapTiles?.url);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(fixed);
    const { host, authorization, cookie } = request.headers;
    if (host !== undefined && !hostPattern.test(host)) {
      throw new ApiError('invalid-request', 'the Host header is not a host');
    }
    if (!request.url.startsWith('/api/')) return;
    // Open data is for any page; what needs credentials is for our own.
    const isOpen = authorization === undefined && cookie === undefined;
    if (request.method === 'GET' && isOpen) reply.header('access-control-allow-origin', '*');
  });
  // Nothing is kept that does not ask for it, whatever its path looks like.
  app.addHook('onSend', async (_request, reply) => {
    const says = reply.hasHeader('cache-control') || reply.raw.hasHeader('cache-control');
    if (!says) reply.header('cache-control', 'no-store');
  });
}

const hostPattern = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function fixedHeaders(tilesUrl: string | undefined): Record<string, string> {
  return {
    'content-security-policy': contentPolicy({ tilesUrl, frameAncestors: "'self'" }),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

/** What a page of ours may load, and who may show it in a frame. */
export function contentPolicy(of: {
  tilesUrl: string | undefined;
  frameAncestors: string;
}): string {
  const tiles = of.tilesUrl === undefined ? '' : ` ${tilesOrigin(of.tilesUrl)}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${tiles}`,
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${of.frameAncestors}`,
  ].join('; ');
}

/** Headers of a reply that goes past Fastify (streams): the same. */
export function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
