import { describe, expect, it, onTestFinished } from 'vitest';
import type { RejectedMessage } from '../../../broker/contract/rejection.ts';
import { createRejectionLog } from '../../../ingest/rejections/rejection-log.ts';
import { smallDiskOrReason } from '../../torture/small-disk.ts';

const disk = smallDiskOrReason(8);

describe.skipIf(disk === undefined)('the rejection log on a full disk', () => {
  it('refuses with an error that its caller gets, and goes on when there is room', async () => {
    if (!disk) return;
    onTestFinished(() => disk.remove());
    // An error that nobody gets would end the process.
    const stray: unknown[] = [];
    const note = (error: unknown): void => void stray.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const log = createRejectionLog({ path: disk.dataDir });
    await log.append([message(1)]);
    disk.fill();
    await expect(
      log.append(Array.from({ length: 50 }, (_, n) => message(n + 2))),
    ).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stray).toEqual([]);
    expect(log.list({ limit: 99 })).toHaveLength(1);
    disk.free();
    await log.append([message(2)]);
    expect(log.list({ limit: 99 }).map(({ at }) => at)).toEqual([2, 1]);
    await log.close();
  });
});

function message(at: number): RejectedMessage {
  return {
    id: String(at).padStart(16, '0'),
    at,
    topic: 't',
    rejections: [{ reason: 'not-a-number', detail: 'x' }],
    payload: 'x'.repeat(20_000),
  };
}
