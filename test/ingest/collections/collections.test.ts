import { describe, expect, it } from 'vitest';
import { createCollections } from '../../../ingest/collections/collections.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const report = (device: `${string}/${string}`, at: number) => ({
  device,
  at,
  by: 'Ada',
  result: 'emptied' as const,
});

describe('what crews report', () => {
  it('is there after a restart, newest first', async () => {
    const path = tempFolder();
    const before = createCollections({ path });
    await before.add(report('ulm/a', 1));
    await before.add({ ...report('ulm/a', 2), note: 'locked' });
    await before.add(report('ulm/b', 2));
    await before.close();
    const after = createCollections({ path });
    expect(after.of('ulm/a').map(({ at, note }) => [at, note])).toEqual([
      [2, 'locked'],
      [1, undefined],
    ]);
    expect(after.of('ulm/nothing')).toEqual([]);
    // Of one instant, too, all are kept.
    await after.add(report('ulm/a', 2));
    expect(after.of('ulm/a')).toHaveLength(3);
    await after.close();
  });

  it('is bounded per container and in all: the oldest goes, on disk too', async () => {
    const path = tempFolder();
    const limits = { keptPerDeviceMax: 2, keptMax: 3 };
    const collections = createCollections({ path, limits });
    await Promise.all([1, 2, 3].map((at) => collections.add(report('ulm/a', at))));
    expect(collections.of('ulm/a').map(({ at }) => at)).toEqual([3, 2]);
    await collections.add(report('ulm/b', 4));
    await collections.add(report('ulm/c', 5));
    const seen = (from: typeof collections) =>
      (['ulm/a', 'ulm/b', 'ulm/c'] as const).map((key) => from.of(key).map(({ at }) => at));
    expect(seen(collections)).toEqual([[3], [4], [5]]);
    await collections.close();
    const again = createCollections({ path, limits });
    expect(seen(again)).toEqual([[3], [4], [5]]);
    await again.close();
  });
});
