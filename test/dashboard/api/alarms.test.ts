import { describe, expect, test } from 'vitest';
import {
  Alarm,
  AlarmDetail,
  AlarmHistory,
  AlarmList,
  AlarmsAcked,
} from '../../../broker/contract/alarms.ts';
import { startTestApi } from './support/test-api.ts';

const idsOf = (answer: { json(): unknown }) =>
  AlarmList.parse(answer.json()).alarms.map(({ id }) => id);

describe('alarms', () => {
  test('are answered with 503 where they are evaluated in another process', async () => {
    const { ask } = await startTestApi({ isSplit: true });
    const requests = [
      { method: 'GET', url: '/api/v1/alarms' },
      { method: 'GET', url: '/api/v1/alarms/a' },
      { method: 'POST', url: '/api/v1/alarms/a/ack' },
      { method: 'GET', url: '/api/v1/alarm-rules' },
      { method: 'GET', url: '/api/v1/maintenance' },
      { method: 'GET', url: '/api/v1/notification-targets' },
    ] as const;
    for (const request of requests) {
      const answer = await ask({ ...request, as: 'admin' });
      expect([request.url, answer.statusCode, answer.json().code]).toEqual([
        request.url,
        503,
        'alarms-elsewhere',
      ]);
    }
  });

  test('are listed worst first, by state and filter, with the seq that the stream goes on from', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'low', priority: 'low', device: 'ulm/a1' });
    alarms.raise({ id: 'old', priority: 'critical', device: 'ulm/a1', activatedAt: 1 });
    alarms.raise({ id: 'seen', priority: 'critical', device: 'koeln/l1', acknowledged: true });
    alarms.raise({ id: 'new', priority: 'critical', device: 'koeln/l1', activatedAt: 2 });
    alarms.raise({ id: 'group', rule: 'dark', group: 'ulm/kvs1', children: ['ulm/a1'] });
    const shelved = { until: 1, reason: 'works', by: 'admin' };
    alarms.raise({ id: 'shelved', device: 'ulm/a1', shelved });
    const list = (query: string) => ask({ url: `/api/v1/alarms${query}`, as: 'operator' });
    expect((await list('')).json().seq).toBe(alarms.seq);
    expect(idsOf(await list(''))).toEqual(['new', 'old', 'seen', 'group', 'low']);
    expect(idsOf(await list('?state=shelved'))).toEqual(['shelved']);
    expect(idsOf(await list('?state=unacknowledged&priority=critical'))).toEqual(['new', 'old']);
    expect(idsOf(await list('?priority=critical,low&device=ulm/a1'))).toEqual(['old', 'low']);
    expect(idsOf(await list('?device=ulm/a1'))).toEqual(['old', 'group', 'low']);
    expect(idsOf(await list('?provider=koeln'))).toEqual(['new', 'seen']);
    expect(idsOf(await list('?rule=dark'))).toEqual(['group']);
    const page = await list('?offset=1&limit=2');
    expect([idsOf(page), page.json().total]).toEqual([['old', 'seen'], 5]);
    for (const wrong of ['?state=x', '?priority=urgent', '?limit=0', '?limit=5001', '?x=1']) {
      expect([wrong, (await list(wrong)).statusCode]).toEqual([wrong, 400]);
    }
  });

  test('of a provider are those of its devices and groups, and no public ones of others', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'own', device: 'ulm/secret' });
    alarms.raise({ id: 'own-group', group: 'ulm/kvs1' });
    alarms.raise({ id: 'lookalike', device: 'ulm2/a1' });
    alarms.raise({ id: 'public', device: 'koeln/l1' });
    alarms.raise({ id: 'of-nobody' });
    expect(idsOf(await ask({ url: '/api/v1/alarms', as: 'provider' })).sort()).toEqual([
      'own',
      'own-group',
    ]);
    const history = await ask({ url: '/api/v1/alarms/history', as: 'provider' });
    const { transitions } = AlarmHistory.parse(history.json());
    expect(transitions.map(({ alarm }) => alarm)).toEqual(['own-group', 'own']);
    const file = await ask({ url: '/api/v1/alarms/history?format=csv', as: 'provider' });
    expect(file.body.split('\r\n')).toHaveLength(4);
    for (const id of ['public', 'of-nobody', 'lookalike', 'none']) {
      const answer = await ask({ url: `/api/v1/alarms/${id}`, as: 'provider' });
      expect([id, answer.statusCode, answer.json().code]).toEqual([id, 404, 'not-found']);
    }
  });

  test('tell their history, also when they are closed', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    const detail = async () =>
      AlarmDetail.parse((await ask({ url: '/api/v1/alarms/a', as: 'operator' })).json());
    expect((await detail()).alarm?.id).toBe('a');
    alarms.clear('a');
    alarms.close('a');
    const { alarm, history } = await detail();
    expect(alarm).toBeUndefined();
    expect(history.map(({ kind }) => kind)).toEqual(['closed', 'cleared', 'raised']);
  });
});

describe('what operators do', () => {
  const post = { method: 'POST', as: 'operator' } as const;

  test('changes the alarm, carries who, and stands in the audit log', async () => {
    const { ask, alarms, audit } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    const act = async (verb: string, payload?: object) => {
      const body = payload ? { payload } : {};
      const answer = await ask({ ...post, url: `/api/v1/alarms/a/${verb}`, ...body });
      expect([verb, answer.statusCode]).toEqual([verb, 200]);
      return Alarm.parse(answer.json());
    };
    expect(await act('ack', { comment: 'on my way' })).toMatchObject({
      acknowledged: true,
      acknowledgedBy: 'operator:Ada',
      revision: 2,
    });
    expect(await act('unack')).toMatchObject({ acknowledged: false });
    const shelf = { reason: ' road works ', forMs: 60_000 };
    expect((await act('shelve', shelf)).shelved).toMatchObject({
      reason: 'road works',
      by: 'operator:Ada',
    });
    expect((await act('unshelve')).shelved).toBeUndefined();
    expect((await act('assign', { assignee: 'Grace' })).assignee).toBe('Grace');
    expect((await act('assign', { assignee: null })).assignee).toBeUndefined();
    expect((await act('comments', { comment: 'lamp changed' })).comments).toBe(1);
    const notes = alarms.history({ limit: 10 }).map(({ kind, by, comment }) => [kind, by, comment]);
    expect(notes.slice(0, 2)).toEqual([
      ['commented', 'operator:Ada', 'lamp changed'],
      ['assigned', 'operator:Ada', undefined],
    ]);
    expect(audit.events.map(({ action, object, actor }) => [action, object, actor])).toEqual(
      [
        'acknowledgeAlarm',
        'unacknowledgeAlarm',
        'shelveAlarm',
        'unshelveAlarm',
        'assignAlarm',
        'assignAlarm',
        'commentAlarm',
      ].map((action) => [action, 'a', 'operator:Ada']),
    );
  });

  test('is refused with 409 and the present alarm when it has changed since', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    alarms.clear('a');
    for (const verb of ['ack', 'unack', 'unshelve']) {
      const payload = { revision: 1 };
      const answer = await ask({ ...post, url: `/api/v1/alarms/a/${verb}`, payload });
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'alarm-changed']);
      expect(Alarm.parse(answer.json().alarm)).toMatchObject({ id: 'a', revision: 2 });
    }
    expect(alarms.get('a')?.revision).toBe(2);
    const url = '/api/v1/alarms/a/ack';
    expect((await ask({ ...post, url, payload: { revision: 2 } })).statusCode).toBe(200);
  });

  test('needs a reason and an end for a shelf, and words for a comment', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    const wrong: [string, object][] = [
      ['shelve', {}],
      ['shelve', { reason: 'x', forMs: 60_000 }],
      ['shelve', { reason: 'road works' }],
      ['shelve', { reason: 'road works', forMs: 8 * 86_400_000 }],
      ['comments', { comment: '  ' }],
      ['comments', { comment: 'x'.repeat(1001) }],
      ['assign', {}],
      ['ack', { by: 'somebody else' }],
    ];
    for (const [verb, payload] of wrong) {
      const answer = await ask({ ...post, url: `/api/v1/alarms/a/${verb}`, payload });
      expect([verb, payload, answer.statusCode]).toEqual([verb, payload, 400]);
    }
    expect(alarms.get('a')?.revision).toBe(1);
  });

  test('of many at once says of each what came of it', async () => {
    const { ask, alarms, audit } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    alarms.raise({ id: 'b', device: 'koeln/l1' });
    alarms.clear('b');
    const url = '/api/v1/alarms/ack';
    const asked = [{ id: 'a', revision: 1 }, { id: 'b', revision: 1 }, { id: 'none' }];
    const answer = await ask({ ...post, url, payload: { alarms: asked, comment: 'all seen' } });
    const { results } = AlarmsAcked.parse(answer.json());
    expect(results.map(({ id, outcome, alarm }) => [id, outcome, alarm?.revision])).toEqual([
      ['a', 'acknowledged', 2],
      ['b', 'changed', 2],
      ['none', 'not-found', undefined],
    ]);
    expect(alarms.get('b')?.acknowledged).toBe(false);
    expect(alarms.history({ limit: 1 })[0]).toMatchObject({ alarm: 'a', comment: 'all seen' });
    expect(audit.events.at(-1)).toMatchObject({ action: 'acknowledgeAlarms', object: 'a/b/none' });
    alarms.acknowledge = async () => {
      throw new Error('the disk is full of hunter2');
    };
    const failed = await ask({ ...post, url, payload: { alarms: [{ id: 'a' }] } });
    expect(failed.json()).toEqual({ results: [{ id: 'a', outcome: 'failed' }] });
    const tooMany = Array.from({ length: 501 }, (_, index) => ({ id: `${index}` }));
    for (const wrong of [{ alarms: [] }, { alarms: tooMany }, { alarms: ['a'] }]) {
      expect((await ask({ ...post, url, payload: wrong })).statusCode).toBe(400);
    }
  });
});

describe('the history', () => {
  test('is paged, filtered, and all of it is a file', async () => {
    const { ask, alarms } = await startTestApi();
    for (let n = 1; n <= 1_200; n += 1) {
      alarms.raise({ id: `a${n}`, device: n % 2 === 0 ? 'ulm/a1' : 'koeln/l1' });
    }
    alarms.change('a2', 'commented', {});
    const get = (query: string) => ask({ url: `/api/v1/alarms/history?${query}`, as: 'operator' });
    const seqs: number[] = [];
    for (let before: number | undefined, pages = 0; pages < 5; pages += 1) {
      const more: string = before === undefined ? '' : `&before=${before}`;
      const page = AlarmHistory.parse((await get(`limit=500${more}`)).json());
      seqs.push(...page.transitions.map(({ seq }) => seq));
      before = page.before;
      if (before === undefined) break;
    }
    expect(seqs).toEqual(Array.from({ length: 1_201 }, (_, index) => 1_201 - index));
    const one = AlarmHistory.parse((await get('alarm=a2')).json());
    expect(one.transitions.map(({ kind }) => kind)).toEqual(['commented', 'raised']);
    const lines = (await get('device=ulm/a1&format=csv')).body.trimEnd().split('\r\n');
    expect(lines).toHaveLength(602);
    expect(lines[0]).toBe(
      'seq,at,event_at,alarm,rule,priority,device,group,transition,by,value,comment',
    );
    expect((await get('limit=501')).statusCode).toBe(400);
    expect((await get('from=yesterday')).statusCode).toBe(400);
  });

  test('as a file holds no formula of a spreadsheet', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    await alarms.comment('a', { by: 'operator:Ada', comment: '=HYPERLINK("http://x")' });
    const file = await ask({ url: '/api/v1/alarms/history?format=csv', as: 'operator' });
    expect(file.headers['content-disposition']).toContain('alarms.csv');
    expect(file.body).toContain(`"'=HYPERLINK(""http://x"")"`);
  });

  test('of who sees little of it comes in short pages that can be gone on from', async () => {
    const { ask, alarms } = await startTestApi();
    alarms.raise({ id: 'own', device: 'ulm/a1' });
    for (let n = 0; n < 25_000; n += 1) alarms.change('own', 'commented', { device: 'koeln/l1' });
    const get = async (query: string) =>
      AlarmHistory.parse(
        (await ask({ url: `/api/v1/alarms/history${query}`, as: 'provider' })).json(),
      );
    const first = await get('');
    expect([first.transitions.length, first.before]).toEqual([0, 5_002]);
    const second = await get(`?before=${first.before}`);
    expect(second.transitions.map(({ kind }) => kind)).toEqual(['raised']);
    expect(second.before).toBeUndefined();
  });
});
