import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Problem } from '../../broker/contract/api.ts';

/** Every error that the API answers with: its stable code, status and title. */
const problems = {
  'invalid-request': [400, 'The request is not valid'],
  'sign-in-required': [401, 'This needs a sign-in or a bearer token'],
  'bad-credentials': [401, 'The credentials are not valid'],
  forbidden: [403, 'The account may not do this'],
  'cross-site': [403, 'The request does not come from this site'],
  'not-found': [404, 'There is nothing here'],
  exists: [409, 'It exists already'],
  'registry-full': [409, 'No further device or provider can be added'],
  'commands-full': [409, 'Too many commands wait already'],
  'job-running': [409, 'The job is running already: one run at a time'],
  'alarm-changed': [409, 'The alarm is not any more what was looked at'],
  'rule-changed': [409, 'The alarm rule is not any more what was edited'],
  'rules-full': [409, 'No further alarm rule can be added'],
  'maintenance-full': [409, 'No further maintenance window can be added'],
  'notification-targets-full': [409, 'No further notification target can be added'],
  'too-large': [413, 'The body is too large'],
  'uri-too-long': [414, 'A part of the address is too long'],
  'unsupported-media-type': [415, 'The body has a content type that is not understood'],
  'unknown-provider': [422, 'There is no such provider'],
  'correction-not-valid': [422, 'The correction does not fit the device'],
  'invalid-rule': [422, 'The parts of the alarm rule do not fit together'],
  'rule-test-too-long': [422, 'The test takes too long: choose a shorter span or fewer devices'],
  'invalid-target': [422, 'Nothing can be sent to this notification target'],
  'notification-failed': [422, 'The message did not arrive'],
  'nothing-accepted': [422, 'Nothing of the message was accepted'],
  'unreadable-file': [422, 'The file cannot be read, or not to its end'],
  'query-too-large': [
    422,
    'The answer would be too large: choose a shorter span or a coarser tier',
  ],
  'recompute-refused': [422, 'The span cannot be recomputed'],
  'days-not-of-hours': [422, 'Days of this time zone do not begin with a full hour of UTC'],
  'range-not-satisfiable': [416, 'The file has no such bytes'],
  'export-too-large': [422, 'The file would be too large'],
  'export-cancelled': [410, 'The export was cancelled'],
  'storage-full': [507, 'The disk has no room for the file'],
  'too-many-attempts': [429, 'Too many attempts: wait a moment'],
  internal: [500, 'Something went wrong here'],
  'store-unavailable': [503, 'The store does not answer now: try again'],
  'not-kept': [503, 'The message cannot be kept now: send it again'],
  'ingest-elsewhere': [503, 'Messages are not taken here: ingest runs in another process'],
  'alarms-not-kept': [503, 'It cannot be kept now: try again'],
  'alarms-elsewhere': [503, 'Alarms are not evaluated in this process'],
  overloaded: [503, 'Too much is going on: try again'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

type ProblemCode = keyof typeof problems;

/** Seconds after which a client may come again when it was told 429 or 503. */
const retryAfterS = 5;

/** An answer that is not the one hoped for. `detail` is shown unless the status is 500 or more. */
export class ApiError extends Error {
  readonly code: ProblemCode;
  /** Further members of the problem document. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: { members?: Record<string, unknown>; retryAfterS?: number } = {},
  ) {
    super(detail ?? '');
    this.code = code;
    this.members = more.members ?? {};
    this.retryAfterS = more.retryAfterS;
  }
}

/** Turns whatever was thrown into a problem document and sends it. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const code = codeOf(error);
  const [status, title] = problems[code];
  if (code === 'internal') request.log.error({ err: error, route: routeOf(request) }, 'failed');
  const problem: Problem = { type: 'about:blank', title, status, code };
  const members = error instanceof ApiError ? error.members : {};
  if (status < 500) {
    if (error instanceof Error && error.message !== '') problem.detail = error.message;
    if (hasZodFastifySchemaValidationErrors(error)) {
      problem.errors = fieldErrors(error, request);
      problem.detail = problem.errors
        .map(({ field, message }) => `${field}: ${message}`)
        .join('; ');
    }
  }
  if (status === 429 || status === 503) {
    const asked = error instanceof ApiError ? error.retryAfterS : undefined;
    reply.header('retry-after', asked ?? retryAfterS);
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send({ ...problem, ...members });
}

/** The template of the route, which unlike the URL is bounded. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

const codeByFastifyCode: ReadonlyMap<string, ProblemCode> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'uri-too-long'],
]);

function codeOf(error: unknown): ProblemCode {
  if (typeof error !== 'object' || error === null) return 'internal';
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string') {
    if (Object.hasOwn(problems, code)) return code as ProblemCode;
    const known = codeByFastifyCode.get(code);
    if (known) return known;
  }
  // The remaining errors of the framework that are the client's: bad JSON, a bad URL, a wrong length.
  const isClients = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isClients ? 'invalid-request' : 'internal';
}

type ValidationFailure = Error & {
  validation: readonly { instancePath: string; message?: string | undefined }[];
  validationContext?: string | undefined;
};

/** Values of these fields are never repeated. */
const secretFields: ReadonlySet<string> = new Set(['token', 'secret']);

function fieldErrors(
  error: ValidationFailure,
  request: FastifyRequest,
): NonNullable<Problem['errors']> {
  const where = error.validationContext ?? 'body';
  const got = { body: request.body, querystring: request.query, params: request.params }[where];
  return error.validation.slice(0, 20).map(({ instancePath, message }) => {
    const path = instancePath.split('/').filter((part) => part !== '');
    const shown = path.some((part) => secretFields.has(part))
      ? ''
      : `, got ${shorten(valueAt(got, path))}`;
    return { field: path.join('.') || where, message: `${message ?? 'is not valid'}${shown}` };
  });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

const shownCharsMax = 80;

function shorten(value: unknown): string {
  const text = JSON.stringify(value, withoutSecrets) ?? 'nothing';
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax - 1)}…` : text;
}

function withoutSecrets(key: string, value: unknown): unknown {
  return secretFields.has(key) ? '…' : value;
}
