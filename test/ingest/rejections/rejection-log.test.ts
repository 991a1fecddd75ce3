import { describe, expect, it, onTestFinished } from 'vitest';
import { limits } from '../../../broker/contract/limits.ts';
import type { RejectedMessage } from '../../../broker/contract/rejection.ts';
import { forgetRejectionsJob } from '../../../ingest/jobs/forget-rejections.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
import { jobContext } from '../../support/job-context.ts';
import { tempFolder } from '../../support/temp-folder.ts';

function message(position: number, more: Partial<RejectedMessage> = {}): RejectedMessage {
  return {
    id: String(position).padStart(16, '0'),
    at: position,
    topic: 'city/v1/ulm/node-1/readings',
    device: 'ulm/node-1',
    rejections: [{ reason: 'not-a-number', detail: 'must be a number' }],
    payload: Buffer.from('x').toString('base64'),
    ...more,
  };
}

function open(path: string, more: { bytesMax?: number } = {}) {
  const log = createRejectionLog({ path, ...more });
  onTestFinished(() => log.close());
  return log;
}

describe('the rejection log', () => {
  it('lists the newest first and pages on', async () => {
    const log = open(tempFolder());
    await log.append([message(1), message(2), message(3)]);
    const first = log.list({ limit: 2 });
    expect(first.map(({ at }) => at)).toEqual([3, 2]);
    expect(log.list({ limit: 2, before: first.at(-1)?.id }).map(({ at }) => at)).toEqual([1]);
  });

  it('filters by device, provider and reason', async () => {
    const log = open(tempFolder());
    const other = message(2, {
      device: 'lab/x',
      rejections: [{ reason: 'out-of-range', detail: 'd' }],
    });
    const { device: _none, ...nameless } = message(3);
    await log.append([message(1), other, nameless]);
    expect(log.list({ limit: 9, device: 'lab/x' }).map(({ at }) => at)).toEqual([2]);
    expect(log.list({ limit: 9, provider: 'ulm' }).map(({ at }) => at)).toEqual([1]);
    expect(log.list({ limit: 9, reason: 'out-of-range' }).map(({ at }) => at)).toEqual([2]);
  });

  it('keeps a message once, however often it is replayed, and over a restart', async () => {
    const path = tempFolder();
    const log = createRejectionLog({ path });
    await log.append([message(1)]);
    await log.append([message(1), message(2)]);
    await log.close();
    expect(open(path).list({ limit: 9 })).toHaveLength(2);
  });

  it('forgets the oldest beyond its bound', async () => {
    const log = open(tempFolder());
    const all = Array.from({ length: limits.rejectionsMax + 5 }, (_, index) => message(index));
    await log.append(all);
    await log.append([message(all.length)]);
    const kept = log.list({ limit: limits.rejectionsMax + 9 });
    expect(kept).toHaveLength(limits.rejectionsMax);
    expect(kept[0]?.at).toBe(all.length);
  });

  it('forgets by bytes too, counting reasons as well as raw bytes', async () => {
    const log = open(tempFolder(), { bytesMax: 10_000 });
    const rejection = { reason: 'not-a-number' as const, detail: 'x'.repeat(400) };
    const rejections = Array.from({ length: 5 }, () => rejection);
    for (let at = 1; at <= 9; at++) await log.append([message(at, { rejections })]);
    expect(log.list({ limit: 99 }).map(({ at }) => at)).toEqual([9, 8, 7, 6]);
  });

  it('forgets by age, and not what is younger', async () => {
    const path = tempFolder();
    const log = open(path);
    await log.append([message(1), message(2), message(3)]);
    expect(await log.forgetBefore(3)).toBe(2);
    expect(await log.forgetBefore(3)).toBe(0);
    expect(log.list({ limit: 9 }).map(({ at }) => at)).toEqual([3]);
    expect(log.get(message(1).id)).toBeUndefined();
  });

  it('the job forgets what is older than 30 days', async () => {
    const log = open(tempFolder());
    const day = 86_400_000;
    await log.append([message(1, { at: 0 }), message(2, { at: day })]);
    await forgetRejectionsJob({ rejections: log, clock: () => 30 * day + 1 }).run(jobContext());
    expect(log.list({ limit: 9 }).map(({ at }) => at)).toEqual([day]);
  });

  it('filters by arrival and by whether something is still refused', async () => {
    const log = open(tempFolder());
    await log.append([message(1), message(2), message(3)]);
    await log.markReplayed(message(1).id, { at: 9, by: 'admin', accepted: 1, rejected: 0 });
    await log.markReplayed(message(2).id, { at: 9, by: 'admin', accepted: 1, rejected: 1 });
    await log.markReplayed('no-such-message', { at: 9, by: 'admin', accepted: 1, rejected: 1 });
    const ats = (filter: object) => log.list({ limit: 9, ...filter }).map(({ at }) => at);
    expect(ats({ open: true })).toEqual([3, 2]);
    expect(ats({ open: false })).toEqual([1]);
    expect(ats({ from: 2, to: 3 })).toEqual([2]);
    expect(log.get(message(1).id)?.replayed).toMatchObject({ by: 'admin', accepted: 1 });
    // What the journal tells again after a crash does not undo it.
    await log.append([message(1)]);
    expect(ats({ open: false })).toEqual([1]);
  });

  it('finds what a provider sent without naming a device', async () => {
    const log = open(tempFolder());
    const { device: _none, ...nameless } = message(1);
    await log.append([{ ...nameless, sender: { account: { kind: 'provider', provider: 'ulm' } } }]);
    expect(log.list({ limit: 9, provider: 'ulm' })).toHaveLength(1);
    expect(log.list({ limit: 9, provider: 'koeln' })).toEqual([]);
  });
});
