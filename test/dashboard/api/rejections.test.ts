import { describe, expect, test } from 'vitest';
import type { KeptMessage } from '../../../broker/contract/rejection.ts';
import { csvCell, csvRow } from '../../../dashboard/api/csv.ts';
import { apiLimits } from '../../../dashboard/api/limits.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const url = '/api/v1/rejections';

const kept = (id: string, more: Partial<KeptMessage> = {}): KeptMessage => ({
  id,
  at: testNow - 1_000,
  device: 'ulm/a1',
  topic: 'city/v1/ulm/a1/readings',
  rejections: [{ reason: 'unknown-metric', field: 'pm', detail: 'not in the catalogue' }],
  payload: Buffer.from('{"pm":1}').toString('base64'),
  ...more,
});

describe('cells of CSV', () => {
  test('are never formulas, and quoted as RFC 4180 says', () => {
    const cases = [
      ['=1+1', "'=1+1"],
      ['+1', "'+1"],
      ['-1', "'-1"],
      ['@SUM(A1)', "'@SUM(A1)"],
      ['\t=1', "'\t=1"],
      ['\r=1', '"\'\r=1"'],
      ['=a","b', '"\'=a"",""b"'],
      ['a,b', '"a,b"'],
      ['a"b', '"a""b"'],
      ['a\nb', '"a\nb"'],
      ['plain', 'plain'],
      ['', ''],
    ] as const;
    for (const [value, cell] of cases) expect(csvCell(value)).toBe(cell);
    expect(csvRow(['a', -1, undefined])).toBe('a,-1,\r\n');
  });
});

describe('the export of rejected messages', () => {
  test('has all of them, newest first, as lines and as CSV, without their senders', async () => {
    const { ask, rejections } = await startTestApi();
    const count = apiLimits.exportPageMax * 3 + 1;
    const account = { kind: 'provider', provider: 'ulm' } as const;
    for (let index = 0; index < count; index++)
      await rejections.append([kept(`m${index}`, { sender: { account } })]);
    const lines = await ask({ url: `${url}?format=ndjson`, as: 'operator' });
    expect(lines.headers['content-type']).toContain('application/x-ndjson');
    expect(lines.headers['cache-control']).toBe('no-store');
    const messages = lines.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages.map(({ id }) => id)).toEqual(
      Array.from({ length: count }, (_, index) => `m${count - 1 - index}`),
    );
    expect(lines.body).not.toContain('sender');
    const csv = await ask({ url: `${url}?format=csv`, as: 'operator' });
    expect(csv.headers['content-disposition']).toBe('attachment; filename="rejections.csv"');
    expect(csv.body.split('\r\n')).toHaveLength(count + 2);
    expect(csv.body).toContain('unknown-metric,pm: not in the catalogue,');
  });

  test('does not let what a device sent become a formula or a further row', async () => {
    const { ask, rejections } = await startTestApi();
    const detail = 'got "x"\r\n=cmd|calc';
    const topic = '=HYPERLINK("http://evil.example")';
    await rejections.append([
      kept('1', { topic, rejections: [{ reason: 'unknown-metric', detail }] }),
    ]);
    const { body } = await ask({ url: `${url}?format=csv`, as: 'admin' });
    expect(body).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
    expect(body).toContain('"got ""x""\r\n=cmd|calc"');
  });

  test('is narrowed to what a provider may see, and answers HEAD without a body', async () => {
    const { ask, rejections } = await startTestApi();
    await rejections.append([kept('1', { device: 'koeln/l1' }), kept('2')]);
    const own = await ask({ url: `${url}?format=ndjson`, as: 'provider' });
    expect(own.body).toContain('ulm/a1');
    expect(own.body).not.toContain('koeln');
    const foreign = await ask({ url: `${url}?provider=koeln&format=ndjson`, as: 'provider' });
    expect(foreign.body).toBe('');
    const head = await ask({ method: 'HEAD', url: `${url}?format=ndjson`, as: 'provider' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });
});

describe('filters of rejected messages', () => {
  test('are by time range and by whether something is still refused', async () => {
    const { ask, rejections } = await startTestApi();
    const replayed = { at: testNow, by: 'admin', accepted: 1, rejected: 0 };
    await rejections.append([kept('1', { at: 1_000_000_000_000 }), kept('2', { replayed })]);
    const ids = async (query: string) => {
      const answer = await ask({ url: `${url}?${query}`, as: 'admin' });
      return answer.json().rejections.map(({ id }: KeptMessage) => id);
    };
    expect(await ids('to=2002-01-01T00:00:00Z')).toEqual(['1']);
    expect(await ids('from=2002-01-01T00:00:00Z')).toEqual(['2']);
    expect(await ids('open=true')).toEqual(['1']);
    expect(await ids('open=false')).toEqual(['2']);
    expect((await ask({ url: `${url}?open=maybe`, as: 'admin' })).statusCode).toBe(400);
  });
});

describe('a replay', () => {
  test('hands in the same bytes with first arrival, topic, dialect and sender', async () => {
    const { ask, rejections, ingest } = await startTestApi();
    const account = { kind: 'provider', provider: 'ulm' } as const;
    const sender = { account, dialect: 'airrohr', headers: { 'x-sensor': 'esp8266-1' } };
    await rejections.append([kept('m1', { sender })]);
    const answer = await ask({ method: 'POST', url: `${url}/m1/replay`, as: 'operator' });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { device: 'ulm/a1', accepted: 1, rejected: [] },
    ]);
    expect(ingest.messages).toEqual([
      {
        topic: 'city/v1/ulm/a1/readings',
        payload: Buffer.from('{"pm":1}'),
        qos: 1,
        retain: false,
        receivedAt: testNow - 1_000,
        ...sender,
        replayOf: 'm1',
      },
    ]);
    expect(rejections.get('m1')?.replayed).toEqual({
      at: testNow,
      by: 'operator:Ada',
      accepted: 1,
      rejected: 0,
    });
  });

  test('of what is refused still says so like a push, and leaves it open', async () => {
    const { ask, rejections, ingest } = await startTestApi();
    await rejections.append([kept('m1')]);
    const refusal = { reason: 'unknown-metric', detail: 'x' } as const;
    ingest.answer = { device: 'ulm/a1', accepted: 0, rejections: [refusal] };
    const answer = await ask({ method: 'POST', url: `${url}/m1/replay`, as: 'provider' });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'nothing-accepted']);
    expect(rejections.get('m1')?.replayed).toMatchObject({ by: 'provider:ulm', rejected: 1 });
    const open = await ask({ url: `${url}?open=true`, as: 'provider' });
    expect(open.json().rejections).toHaveLength(1);
  });

  test('that cannot be kept is 503, and is not noted', async () => {
    const { ask, rejections, ingest } = await startTestApi();
    await rejections.append([kept('m1')]);
    ingest.answer = new Error('journal full');
    const answer = await ask({ method: 'POST', url: `${url}/m1/replay`, as: 'admin' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'not-kept']);
    expect(rejections.get('m1')?.replayed).toBeUndefined();
    const split = await startTestApi({ isSplit: true });
    await split.rejections.append([kept('m1')]);
    const elsewhere = await split.ask({ method: 'POST', url: `${url}/m1/replay`, as: 'admin' });
    expect(elsewhere.json().code).toBe('ingest-elsewhere');
  });

  test('of many takes what is open and matches, in bounded portions', async () => {
    const { ask, rejections, ingest } = await startTestApi();
    const done = { at: 1, by: 'admin', accepted: 1, rejected: 0 };
    await rejections.append([
      kept('m5', { device: 'koeln/l1' }),
      kept('m4'),
      kept('m3', { replayed: done }),
      kept('m2'),
      kept('m1', { rejections: [{ reason: 'out-of-range', detail: 'x' }] }),
    ]);
    const replay = async (payload: object, as: 'provider' | 'admin' = 'provider') =>
      (await ask({ method: 'POST', url: `${url}/replay`, as, payload })).json();
    const sums = { closed: 1, accepted: 1, rejected: 0 };
    expect(await replay({ reason: 'unknown-metric', limit: 1 })).toEqual({
      replayed: 1,
      ...sums,
      next: 'm4',
    });
    expect(await replay({ reason: 'unknown-metric', before: 'm4' })).toEqual({
      replayed: 1,
      ...sums,
    });
    expect(ingest.messages.map(({ replayOf }) => replayOf)).toEqual(['m4', 'm2']);
    expect(await replay({}, 'admin')).toMatchObject({ replayed: 2 });
    expect(await replay({}, 'admin')).toMatchObject({ replayed: 0 });
    const tooMany = { limit: apiLimits.replaysMax + 1 };
    expect(await replay(tooMany, 'admin')).toMatchObject({ status: 400 });
  });
});
