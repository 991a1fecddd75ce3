import { describe, expect, it } from 'vitest';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import {
  readFavourites,
  readSearches,
  withSearch,
  withToggled,
} from '../../../dashboard/web/state/kept-lists.ts';

describe('what a browser keeps', () => {
  it.each([null, '{', '{"a":1}', '7', '[1,null,{}]', '["<b>","a/b/c","a"]'])(
    'is nothing where %s stands',
    (text) => expect([...readFavourites(text)]).toEqual([]),
  );

  it('are starred devices until the star is taken away', () => {
    const keys: DeviceKey[] = ['ulm/a1', 'ulm/a2', 'ulm/a1'];
    const kept = keys.reduce(withToggled, readFavourites(null));
    expect([...readFavourites(JSON.stringify([...kept]))]).toEqual(['ulm/a2']);
  });

  it('lets the first star go when there are too many', () => {
    const keys = Array.from({ length: 201 }, (_, index): DeviceKey => `ulm/d${index}`);
    const kept = keys.reduce(withToggled, readFavourites(null));
    expect([kept.size, kept.has('ulm/d0'), kept.has('ulm/d200')]).toEqual([200, false, true]);
  });

  it('are the last searches, each once, the newest first, and no single letters', () => {
    const searches = ['hafen', 'x', '  markt ', 'hafen', ''].reduce(withSearch, []);
    expect(searches).toEqual(['hafen', 'markt']);
    const many = Array.from({ length: 20 }, (_, index) => `search ${index}`);
    expect(many.reduce(withSearch, searches)).toHaveLength(8);
    expect(readSearches(JSON.stringify(many))).toHaveLength(8);
  });
});
