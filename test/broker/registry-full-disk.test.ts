import { describe, expect, it, onTestFinished } from 'vitest';
import { createRegistry } from '../../broker/registry/registry.ts';
import { smallDiskOrReason } from '../torture/small-disk.ts';

const disk = smallDiskOrReason(8);

describe.skipIf(disk === undefined)('the registry on a full disk', () => {
  it('refuses a write with an error that its caller gets, and takes writes again when there is room', async () => {
    if (!disk) return;
    onTestFinished(() => disk.remove());
    // An error that nobody gets would end the process.
    const stray: unknown[] = [];
    const note = (error: unknown): void => void stray.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));

    const registry = createRegistry({ path: disk.dataDir });
    onTestFinished(() => registry.close());
    const put = (id: string) =>
      registry.putProvider({ id, name: id.padEnd(200, '-'), createdAt: 1, open: false });
    await put('before');
    disk.fill();
    const refused = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => put(`p${n}`)));
    expect(refused.map(({ status }) => status)).toContain('rejected');
    // Before anything is expected: closing waits for room too.
    disk.free();
    await put('after');
    expect(stray).toEqual([]);
    expect(registry.provider('after')).toBeDefined();
    expect(registry.provider('before')).toBeDefined();
  });
});
