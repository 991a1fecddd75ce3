import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Account, Role } from '../../broker/contract/access.ts';
import { type Caller, callerOf } from './access.ts';
import type { Api, Context } from './context.ts';
import { ApiError } from './errors.ts';
import { apiLimits } from './limits.ts';

export const sessionCookie = 'sensorplatz_session';

/** Finds out who makes each request, before anything else of it is looked at. */
export function authenticate(app: Api, context: Context): void {
  app.decorateRequest('caller', null as unknown as Caller);
  app.decorateRequest('signedIn', undefined);
  app.addHook('onRequest', async (request) => {
    request.caller = identify(request, context);
    if (request.caller.via === 'session' && !safeMethods.has(request.method)) {
      refuseOtherSites(request, { proofRequired: true });
    }
  });
  const stop = context.deps.registry.onChange((change) => {
    if (change.kind !== 'tokens') return;
    context.sessions.closeAllOf(change.account);
    context.hub.recheck();
  });
  app.addHook('onClose', async () => stop());
}

/** Lets a route be used by these roles only: 401 for callers without credentials, 403 for others. */
export function only(...allowed: Role[]): onRequestHookHandler {
  return async ({ caller }) => {
    if (allowed.includes(caller.role)) return;
    throw new ApiError(caller.account ? 'forbidden' : 'sign-in-required');
  };
}

/** Lets everybody read where `PUBLIC_READ` holds, and only those with an account where it does not. */
export function readers(context: Context): onRequestHookHandler {
  return async ({ caller }) => {
    if (!context.config.publicRead && !caller.account) throw new ApiError('sign-in-required');
  };
}

/**
 * The account of a token.
 *
 * Tokens of the registry are random and long. The admin's may have been chosen by a person: it is
 * compared only while the address has attempts left.
 */
export function accountOfToken(
  context: Context,
  token: string,
  address: string,
): Account | undefined {
  const { registry, verifyAdmin } = context.deps;
  const account = registry.accountOf(token);
  if (account) return account;
  const waitMs = context.attempts.waitMs(address);
  if (waitMs > 0) throw tooManyAttempts(waitMs);
  if (verifyAdmin(token)) return { kind: 'admin' };
  context.attempts.note(address);
  return undefined;
}

export function tooManyAttempts(waitMs: number): ApiError {
  const detail = `at most ${apiLimits.signInsPerMinuteMax} attempts a minute`;
  return new ApiError('too-many-attempts', detail, { retryAfterS: Math.ceil(waitMs / 1000) });
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site's page makes a browser send. With `proofRequired` the browser must say
 * that the page is ours; without it, only what is plainly foreign is refused.
 */
export function refuseOtherSites(
  request: FastifyRequest,
  { proofRequired }: { proofRequired: boolean },
): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) {
    // `none` is what a person typed into the address bar.
    if (site === 'same-origin' || (site === 'none' && !proofRequired)) return;
  } else if (origin !== undefined) {
    // The scheme is not compared: TLS ends at a proxy.
    if (URL.canParse(origin) && new URL(origin).host === host) return;
  } else if (!proofRequired) return;
  throw new ApiError('cross-site', 'a session is used from its own pages only');
}

function identify(request: FastifyRequest, context: Context): Caller {
  const { authorization } = request.headers;
  if (authorization !== undefined) return identifyByHeader(authorization, request, context);
  const id = request.cookies[sessionCookie];
  const account = id === undefined ? undefined : context.sessions.accountOf(id);
  if (id === undefined || !account) return callerOf(undefined, 'nothing', () => true);
  return callerOf(account, 'session', () => context.sessions.accountOf(id) !== undefined);
}

const schemePattern = /^(bearer|basic) +([A-Za-z0-9._~+/=-]+)$/i;

function identifyByHeader(header: string, request: FastifyRequest, context: Context): Caller {
  const [, scheme, secret] = schemePattern.exec(header) ?? [];
  const isBasic = scheme?.toLowerCase() === 'basic';
  if (secret === undefined || (isBasic && !request.routeOptions.config.takesBasic)) {
    throw new ApiError('bad-credentials', 'expected: Authorization: Bearer <token>');
  }
  const credentials = isBasic ? parseBasic(secret) : { user: undefined, token: secret };
  const account = credentials && accountOfToken(context, credentials.token, request.ip);
  if (!credentials || !account || !isUser(account, credentials.user)) {
    throw new ApiError('bad-credentials');
  }
  const { token } = credentials;
  const stillValid = () =>
    account.kind === 'admin' || context.deps.registry.accountOf(token) !== undefined;
  return callerOf(account, 'token', stillValid);
}

function parseBasic(secret: string): { user: string; token: string } | undefined {
  const text = Buffer.from(secret, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), token: text.slice(colon + 1) };
}

/** The user name of Basic credentials is as over MQTT: `<provider>` or `<provider>/<device>`. */
function isUser(account: Account, user: string | undefined): boolean {
  if (user === undefined) return true;
  if (account.kind === 'provider') return account.provider === user;
  return account.kind === 'device' && account.device === user;
}
