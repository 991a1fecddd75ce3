import { describe, expect, it, onTestFinished } from 'vitest';
import { limits } from '../../../broker/contract/limits.ts';
import type { RejectedMessage } from '../../../broker/contract/rejection.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
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

function open(path: string) {
  const log = createRejectionLog({ path });
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
});
