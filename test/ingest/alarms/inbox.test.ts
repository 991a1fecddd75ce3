import { describe, expect, it } from 'vitest';
import type { LiveReadings } from '../../../broker/contract/live.ts';
import { Inbox } from '../../../ingest/alarms/inbox.ts';
import { alarmLimits } from '../../../ingest/alarms/limits.ts';

const message = (device: number, at: number): LiveReadings => ({
  device: `p/d${device}`,
  receivedAt: at,
  readings: [{ metric: 'pm10', at, value: at, flag: 1, reasons: 0 }],
});

describe('the inbox', () => {
  it('hands readings over in order, later', async () => {
    const judged: number[] = [];
    const inbox = new Inbox(
      ({ receivedAt }) => void judged.push(receivedAt),
      () => {},
    );
    inbox.open();
    for (let at = 1; at <= 3; at += 1) inbox.take([message(at, at)]);
    expect(judged).toEqual([]);
    expect(inbox.oldestAt).toBe(1);
    await inbox.empty();
    expect(judged).toEqual([1, 2, 3]);
    expect(inbox.oldestAt).toBeUndefined();
  });

  it('keeps the newest of each series when more come than can be judged, and counts the others', async () => {
    const judged: string[] = [];
    const inbox = new Inbox(
      ({ device, readings }) => void judged.push(`${device} ${readings[0]?.at}`),
      () => {},
    );
    for (let at = 1; at <= alarmLimits.inboxMax; at += 1) inbox.take([message(0, at)]);
    // Beyond the bound: two series, the second one out of order.
    for (const at of [1, 2, 3]) inbox.take([message(1, alarmLimits.inboxMax + at)]);
    for (const at of [6, 4, 5]) inbox.take([message(2, alarmLimits.inboxMax + at)]);
    expect(inbox.size).toBe(alarmLimits.inboxMax + 2);
    expect(inbox.leftOut).toBe(4);
    inbox.open();
    await inbox.empty();
    expect(judged.slice(-2)).toEqual([
      `p/d1 ${alarmLimits.inboxMax + 3}`,
      `p/d2 ${alarmLimits.inboxMax + 6}`,
    ]);
    expect(judged).toHaveLength(alarmLimits.inboxMax + 2);
  });

  it('hands over each series that waits once, in the order of their coming, however many and however often', async () => {
    const judged: string[] = [];
    const inbox = new Inbox(
      ({ device, receivedAt }) => void judged.push(`${device} ${receivedAt}`),
      () => {},
    );
    inbox.open();
    for (const round of [1, 2]) {
      judged.length = 0;
      inbox.take(Array.from({ length: alarmLimits.inboxMax }, (_, at) => message(0, at)));
      for (const at of [round, round + 10])
        inbox.take(Array.from({ length: 20_000 }, (_, index) => message(1 + index, at)));
      await inbox.empty();
      expect(judged).toHaveLength(alarmLimits.inboxMax + 20_000);
      expect(judged[alarmLimits.inboxMax]).toBe(`p/d1 ${round + 10}`);
      expect(judged.at(-1)).toBe(`p/d20000 ${round + 10}`);
      expect(inbox.leftOut).toBe(20_000 * round);
      expect(inbox.size).toBe(0);
    }
  });

  it('judges for a few milliseconds at a time, and longer where others take long, up to a bound', async () => {
    let nowMs = 0;
    let judged = 0;
    const inbox = new Inbox(
      () => {
        judged += 1;
        nowMs += 0.25;
      },
      () => {},
      () => nowMs,
    );
    const turn = async (othersMs: number): Promise<number> => {
      const before = judged;
      nowMs += othersMs;
      await new Promise((resolve) => setImmediate(resolve));
      return (judged - before) / 4;
    };
    inbox.take(Array.from({ length: 2_000 }, (_, at) => message(0, at)));
    inbox.open();
    await turn(0);
    expect(await turn(0)).toBe(alarmLimits.judgeMsAtOnce);
    expect(await turn(160)).toBe(160 * alarmLimits.judgeShare);
    expect(await turn(10_000)).toBe(alarmLimits.judgeMsAtOnceMax);
    expect(await turn(0)).toBe(alarmLimits.judgeMsAtOnce);
    await inbox.empty();
  });

  it('goes on after a reading that could not be judged', async () => {
    const errors: unknown[] = [];
    const judged: number[] = [];
    const inbox = new Inbox(
      ({ receivedAt }) => {
        if (receivedAt === 1) throw new Error('broken');
        judged.push(receivedAt);
      },
      (error) => errors.push(error),
    );
    inbox.open();
    inbox.take([message(0, 1)]);
    inbox.take([message(0, 2)]);
    await inbox.empty();
    expect(errors).toHaveLength(1);
    expect(judged).toEqual([2]);
  });
});
