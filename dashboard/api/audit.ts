import type { FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import type { AuditEvent } from '../../broker/contract/audit.ts';
import { actorOf } from './access.ts';
import type { Api, Context } from './context.ts';
import { apiLimits } from './limits.ts';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const windowMs = 60_000;

/**
 * Writes every change that somebody asked for to the audit log, before it is answered: who, what, and what
 * came of it. Pushes of devices are data, not changes. A line that cannot be written is an error in the log
 * and a counter; the answer says what was done all the same, since it was done.
 */
export function auditChanges(app: Api, { deps }: Context): void {
  const { audit, metrics, clock, log } = deps;
  const missing = new Counter({
    name: 'audit_missing_total',
    help: 'Events that are not in the audit log',
    labelNames: ['why'],
    registers: [metrics],
  });
  for (const why of ['unwritable', 'flood']) missing.inc({ why }, 0);
  const maySay = createBudget(clock, apiLimits.auditRefusalsPerMinuteMax);

  app.addHook('onSend', async (request, reply) => {
    const event = eventOf(request, reply.statusCode, clock());
    if (!event) return;
    if (event.outcome === 'refused' && !maySay()) {
      missing.inc({ why: 'flood' });
      return;
    }
    try {
      await audit.append(event);
    } catch (err) {
      missing.inc({ why: 'unwritable' });
      log.error({ err, action: event.action, actor: event.actor }, 'not in the audit log');
    }
  });
}

/** The event of a request, or undefined when it is none of the audit log's business. */
function eventOf(request: FastifyRequest, status: number, at: number): AuditEvent | undefined {
  const { method, routeOptions, signedIn, caller } = request;
  const action = (routeOptions.schema as { operationId?: string } | undefined)?.operationId;
  if (safeMethods.has(method) || action === undefined || routeOptions.config.takesBasic) {
    return undefined;
  }
  const account = signedIn ?? caller?.account;
  // Nobody known asking for a change is noise, except for guesses at a token; further ones are counted only.
  if (!account && (action !== 'signIn' || status === 429)) return undefined;
  const object = objectOf(request);
  return {
    at,
    actor: actorOf({ account }),
    action,
    ...(object === undefined ? {} : { object }),
    outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
    status,
    address: request.ip,
  };
}

/** What a request is about: the parts of its path, or else what the body names. Never a token. */
function objectOf({ params, body }: FastifyRequest): string | undefined {
  const inPath = Object.values((params ?? {}) as Record<string, unknown>);
  const named = inPath.length > 0 ? inPath : namesIn(body);
  const text = named.filter((part) => typeof part === 'string').join('/');
  return text === '' ? undefined : text.slice(0, 300);
}

function namesIn(body: unknown): unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  const { provider, device, metric, id, name, reason, from, to, alarms } = body as Record<
    string,
    unknown
  >;
  const named = [provider, device, metric, id ?? name, reason, dateOf(from), dateOf(to)];
  return Array.isArray(alarms) ? [...named, ...alarms.map(idOf)] : named;
}

function idOf(one: unknown): unknown {
  return typeof one === 'object' && one !== null ? (one as { id?: unknown }).id : undefined;
}

/** Instants are numbers once a body was found valid; of one that was not, anything may stand here. */
function dateOf(instant: unknown): string | undefined {
  const date = typeof instant === 'number' ? new Date(instant) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}

/** True so many times a minute. */
function createBudget(clock: () => number, perMinuteMax: number): () => boolean {
  let until = 0;
  let used = 0;
  return () => {
    const now = clock();
    if (now >= until) {
      until = now + windowMs;
      used = 0;
    }
    used += 1;
    return used <= perMinuteMax;
  };
}
