import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actors, startTestApi, type TestApi } from '../dashboard/api/support/test-api.ts';
import { holds, timeoutMs } from './settings.ts';

const paths = [
  '/api/v1/site',
  '/api/v1/devices',
  '/api/v1/devices/ulm/a1',
  '/api/v1/providers',
  '/api/v1/providers/ulm',
  '/api/v1/latest',
  '/api/v1/series',
  '/api/v1/rejections',
  '/api/v1/operators',
  '/api/v1/session',
  '/api/v1/push',
  '/api/v1/push/senml',
  '/api/v1/push/airrohr',
  '/healthz',
  '/readyz',
  '/metrics',
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const names = fc.constantFrom(
  ...['device', 'metric', 'from', 'to', 'resolution', 'limit', 'offset', 'bbox', 'q', 'kind'],
  ...['provider', 'reason', 'before', 'format', '__proto__', 'constructor', 'a[b]', 'a[]'],
);
const value = fc.oneof(
  fc.constantFrom('ulm/a1', 'pm10', 'raw', '1h', '0', '-1', '1e400', 'NaN', '__proto__', '..'),
  fc.constantFrom('2026-06-01T11:00:00Z', '2026-06-01T12:00:00Z', "' OR 1=1 --", '=cmd()', '%', ''),
  fc.constantFrom('\u0000', '\ud800', '\r\nX-Evil: 1', '9'.repeat(400), '<script>', '\u202e'),
  fc.string(),
);
const query = fc
  .array(fc.tuple(names, value, fc.boolean()), { maxLength: 5 })
  .map((pairs) =>
    pairs
      .map(
        ([name, text, isRaw]) =>
          `${name}=${isRaw ? rawText(text) : encodeURIComponent(Buffer.from(text).toString())}`,
      )
      .join('&'),
  );

/** What a URL may hold unescaped, and nothing that would end the request line. */
function rawText(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '').replaceAll('#', '');
}

const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .dictionary(fc.oneof(names, fc.string()), fc.oneof(value, fc.jsonValue()))
    .map((object) => JSON.stringify(object)),
  fc.constantFrom(
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    `{"id":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    '{"id":"a","id":"b"}',
    '{"id":1e400}',
    '{"id":"\\ud800","name":"\\u0000"}',
    '{"id":"../../etc","name":"x"}',
  ),
);
const request = fc.record({
  method: fc.constantFrom(...methods),
  path: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...paths) },
    { weight: 2, arbitrary: fc.string().map((text) => `/api/v1/${rawText(text)}`) },
  ),
  query,
  body: fc.option(body, { nil: undefined }),
  type: fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x'),
  as: fc.constantFrom(...actors),
});

/** 503 is the one answer above 499 that is defined: not ready, or the journal takes nothing. */
async function judge(api: TestApi, sent: typeof request extends fc.Arbitrary<infer T> ? T : never) {
  const { method, path, query: search, body: payload, type, as } = sent;
  const answer = await api.ask({
    method,
    url: search ? `${path}?${search}` : path,
    as,
    ...(payload === undefined ? {} : { payload, headers: { 'content-type': type } }),
  });
  expect([sent, answer.statusCode < 500 || answer.statusCode === 503]).toEqual([sent, true]);
  if (answer.statusCode >= 400 && method !== 'HEAD') {
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ status: answer.statusCode });
  }
  expect(answer.headers).not.toHaveProperty('x-evil');
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
}

describe('the HTTP API', () => {
  it(
    'answers any request with what is defined, and every refusal as problem+json',
    async () => {
      const api = await startTestApi();
      await holds(fc.asyncProperty(request, (sent) => judge(api, sent)));
      expect((await api.ask({ url: '/healthz' })).statusCode).toBe(200);
    },
    timeoutMs,
  );

  it(
    'shows metrics of which every line can be read, whatever was asked before',
    async () => {
      const api = await startTestApi();
      const sample =
        /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*",?)*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$/;
      await holds(
        fc.asyncProperty(request, async (sent) => {
          await judge(api, sent);
          const text = await api.metrics.metrics();
          for (const line of text.split('\n')) {
            if (line !== '' && !line.startsWith('# ')) expect(line).toMatch(sample);
          }
          // Whoever asks must not be able to make ever new series.
          expect(text.length).toBeLessThan(2_000_000);
        }),
      );
    },
    timeoutMs,
  );
});
