import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { AlarmFrame } from '../../../broker/contract/alarms.ts';
import { until } from '../../support/until.ts';
import { EventStream } from './support/event-stream.ts';
import { type Actor, startTestApi, type TestApi } from './support/test-api.ts';

async function join({ server, tokens }: TestApi, as: Actor): Promise<EventStream> {
  const address = server.app.server.address() as { port: number };
  const url = `http://127.0.0.1:${address.port}/api/v1/live`;
  const headers: Record<string, string> =
    as === 'public' ? {} : { authorization: `Bearer ${tokens[as]}` };
  return EventStream.open(url, headers);
}

const told = ({ seq, alarms, closed }: AlarmFrame) => [seq, alarms.map(({ id }) => id), closed];

describe('alarms on the stream', () => {
  test('begin with a frame that has only the seq, and then are what changed', async () => {
    const api = await startTestApi();
    const { alarms } = api;
    alarms.raise({ id: 'before', device: 'ulm/a1' });
    const stream = await join(api, 'operator');
    expect(await stream.nextAlarms(0)).toEqual({
      seq: 1,
      alarms: [],
      closed: [],
      flood: false,
      reload: true,
    });
    expect(stream.events.slice(0, 3).map(({ event }) => event)).toEqual([
      'hello',
      'snapshot',
      'alarm',
    ]);
    alarms.raise({ id: 'a', device: 'ulm/a1' });
    alarms.clear('a');
    alarms.close('before');
    const frame = await stream.nextAlarms(1);
    expect(told(frame)).toEqual([4, ['a'], ['before']]);
    // Several changes of one alarm between two frames are one, the last.
    expect(frame.alarms[0]).toMatchObject({ active: false, revision: 2 });
    expect(frame.reload).toBeUndefined();
    expect(stream.events.find(({ event }) => event === 'alarm')?.id).toBeUndefined();
  });

  test('reach operators, the admin, and the provider whose they are; nobody else', async () => {
    const api = await startTestApi();
    const { alarms } = api;
    const [admin, operator, provider, device, nobody] = await Promise.all(
      (['admin', 'operator', 'provider', 'device', 'public'] as const).map((as) => join(api, as)),
    );
    await until('all have begun', () =>
      [admin, operator, provider].every((stream) => stream?.alarms().length === 1),
    );
    alarms.raise({ id: 'koeln', device: 'koeln/hidden' });
    await operator?.nextAlarms(1);
    alarms.raise({ id: 'ulm', group: 'ulm/kvs1' });
    expect(told((await provider?.nextAlarms(1)) as AlarmFrame)).toEqual([2, ['ulm'], []]);
    expect(told((await operator?.nextAlarms(2)) as AlarmFrame)).toEqual([2, ['ulm'], []]);
    expect(told((await admin?.nextAlarms(2)) as AlarmFrame)).toEqual([2, ['ulm'], []]);
    alarms.close('koeln');
    alarms.close('ulm');
    await until('closed', () => provider?.alarms().at(-1)?.closed.includes('ulm'));
    const ofProvider = JSON.stringify(provider?.events);
    expect(ofProvider).not.toContain('koeln/hidden');
    expect(ofProvider).not.toContain('"koeln"');
    for (const stream of [device, nobody]) {
      await until('values', () => stream?.values('snapshot')[0]);
      expect(stream?.alarms()).toEqual([]);
    }
  });

  test('say when a flood begins and ends, also when no alarm changed with it', async () => {
    const api = await startTestApi();
    const stream = await join(api, 'provider');
    await stream.nextAlarms(0);
    api.alarms.flood = true;
    expect(await stream.nextAlarms(1)).toEqual({ seq: 0, alarms: [], closed: [], flood: true });
  });

  test('that are too many, or too long ago, are to be read anew', async () => {
    const api = await startTestApi();
    const { alarms } = api;
    const stream = await join(api, 'operator');
    await stream.nextAlarms(0);
    for (let n = 0; n < 1_001; n += 1) alarms.raise({ id: `a${n}`, device: 'ulm/a1' });
    expect(await stream.nextAlarms(1)).toMatchObject({ seq: 1_001, alarms: [], reload: true });
    alarms.forgottenBefore = 1_002;
    alarms.raise({ id: 'x', device: 'ulm/a1' });
    expect(await stream.nextAlarms(2)).toMatchObject({ seq: 1_002, alarms: [], reload: true });
  });

  test('a list and the stream together miss nothing and count nothing twice', async () => {
    const api = await startTestApi();
    const { alarms } = api;
    const stream = await join(api, 'operator');
    const held = new Map<string, number>();
    let seq: number | undefined;
    const read = async () => {
      const list = (await api.ask({ url: '/api/v1/alarms?state=all', as: 'operator' })).json();
      held.clear();
      for (const { id, revision } of list.alarms) held.set(id, revision);
      seq = list.seq;
    };
    // As the description of the frame says.
    let taken = 0;
    const follow = async () => {
      for (const frame of stream.alarms().slice(taken)) {
        taken += 1;
        if (frame.reload && frame.seq !== seq) await read();
        else if (frame.seq > (seq ?? 0)) {
          for (const { id, revision } of frame.alarms) {
            expect(revision).toBeGreaterThan(held.get(id) ?? 0);
            held.set(id, revision);
          }
          // One that was raised and closed between two frames was never held.
          for (const id of frame.closed) held.delete(id);
          seq = frame.seq;
        }
      }
    };
    for (let round = 0; round < 30; round += 1) {
      alarms.raise({ id: `r${round}`, device: 'ulm/a1' });
      if (round % 3 === 2) alarms.close(`r${round - 1}`);
      if (round % 5 === 4) alarms.clear(`r${round}`);
      if (round % 7 === 6) alarms.forgottenBefore = alarms.seq;
      await new Promise((resolve) => setImmediate(resolve));
      if (round % 4 === 0) await stream.nextAlarms(taken);
      await follow();
    }
    await until('the last frame', () => stream.alarms().at(-1)?.seq === alarms.seq);
    await follow();
    const truth = new Map(alarms.list('all').map(({ id, revision }) => [id, revision]));
    expect(held).toEqual(truth);
  });

  test('reach who has paused as one merged frame, and wait in no buffer meanwhile', async () => {
    const api = await startTestApi();
    const { alarms, metrics } = api;
    const names = Array.from({ length: 900 }, (_, index) => `a${index}`);
    for (const id of names) alarms.raise({ id, device: 'ulm/a1', detail: 'x'.repeat(200) });
    const serverSockets: Socket[] = [];
    api.server.app.server.on('connection', (socket) => serverSockets.push(socket));
    const stream = await join(api, 'operator');
    await stream.nextAlarms(0);
    const skipped = async () =>
      (await metrics.getSingleMetric('live_frames_skipped_total')?.get())?.values[0]?.value ?? 0;
    stream.response.pause();
    let rounds = 0;
    let waitingMax = 0;
    await until(
      'skipped frames',
      async () => {
        rounds += 1;
        for (const id of names) alarms.change(id, 'commented', { comments: rounds });
        waitingMax = Math.max(waitingMax, serverSockets[0]?.writableLength ?? 0);
        return (await skipped()) > 5;
      },
      15_000,
    );
    alarms.close('a0');
    stream.response.resume();
    const last = await until('the merged frame', () =>
      stream.alarms().find(({ closed }) => closed.includes('a0')),
    );
    expect(last.alarms).toHaveLength(899);
    expect(new Set(last.alarms.map(({ comments }) => comments))).toEqual(new Set([rounds]));
    expect(last.seq).toBe(alarms.seq);
    expect(stream.alarms().length).toBeLessThan(rounds);
    expect(waitingMax).toBeLessThanOrEqual(128 * 1024);
  });
});
