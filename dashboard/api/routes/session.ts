import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Session, SignIn } from '../../../broker/contract/api.ts';
import { type Caller, callerOf } from '../access.ts';
import {
  accountOfToken,
  refuseOtherSites,
  sessionCookie,
  tooManyAttempts,
} from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { apiLimits } from '../limits.ts';
import { tags } from '../openapi.ts';

const url = '/api/v1/session';

/** Signing in with a browser: a token is changed for a cookie that scripts cannot read. */
export function sessionRoutes(app: Api, context: Context): void {
  const { sessions, attempts } = context;
  app.route({
    method: 'GET',
    url,
    schema: {
      operationId: 'whoAmI',
      tags: [tags.accounts],
      summary: 'Who the caller is; the cookie of a session lasts 12 hours from here on',
      response: { 200: Session },
    },
    handler: async (request, reply) => {
      const { caller, cookies } = request;
      const id = cookies[sessionCookie];
      if (caller.via === 'session' && id !== undefined) setCookie(request, reply, id);
      return sessionOf(caller);
    },
  });
  app.route({
    method: 'POST',
    url,
    schema: {
      operationId: 'signIn',
      tags: [tags.accounts],
      summary: 'Sign in with a token; sets a cookie that ends 12 hours after its last use',
      body: z.strictObject(SignIn.shape),
      response: { 200: Session },
    },
    onRequest: async (request) => refuseOtherSites(request, { proofRequired: false }),
    handler: async (request, reply) => {
      const waitMs = attempts.waitMs(request.ip);
      if (waitMs > 0) throw tooManyAttempts(waitMs);
      const account = accountOfToken(context, request.body.token, request.ip);
      // A wrong token was counted by the look-up.
      if (!account) throw new ApiError('bad-credentials');
      attempts.note(request.ip);
      request.signedIn = account;
      const id = sessions.open(account);
      setCookie(request, reply, id);
      return sessionOf(callerOf(account, 'session', () => true));
    },
  });
  app.route({
    method: 'DELETE',
    url,
    schema: {
      operationId: 'signOut',
      tags: [tags.accounts],
      summary: 'Sign out',
      response: { 204: z.undefined().describe('signed out') },
    },
    handler: async (request, reply) => {
      const id = request.cookies[sessionCookie];
      if (id !== undefined) sessions.close(id);
      reply.clearCookie(sessionCookie, { path: '/' });
      return reply.code(204).send();
    },
  });
}

function sessionOf({ role, name, provider }: Caller): Session {
  return {
    role,
    ...(name === undefined ? {} : { name }),
    ...(provider === undefined ? {} : { provider }),
  };
}

function setCookie(request: FastifyRequest, reply: FastifyReply, id: string): void {
  reply.setCookie(sessionCookie, id, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    // TLS ends at a proxy. For this alone its word counts even if it is not trusted: it can only make
    // the cookie stricter.
    secure: request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https',
    maxAge: apiLimits.sessionMs / 1000,
  });
}
