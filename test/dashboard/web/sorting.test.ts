import { describe, expect, it } from 'vitest';
import { countBy, partsOf, totalOf } from '../../../dashboard/web/state/parts.ts';
import {
  formatSorting,
  nextSorting,
  parseSorting,
  sortedBy,
} from '../../../dashboard/web/state/sorting.ts';

const columns = ['name', 'fill'] as const;

describe('how a table is sorted', () => {
  it('is not said by an address that names none of its columns', () => {
    for (const text of [undefined, '', '-', 'age', '-age', 'fill-', '--fill']) {
      expect(parseSorting(text, columns), text).toBeUndefined();
    }
  });

  it('comes back from the address as it went', () => {
    for (const descending of [false, true]) {
      const sorting = { column: 'fill', descending } as const;
      expect(parseSorting(formatSorting(sorting), columns)).toEqual(sorting);
    }
  });

  it('begins with what one looks for first, and turns round', () => {
    const first = nextSorting(undefined, 'fill', true);
    expect(first).toEqual({ column: 'fill', descending: true });
    expect(nextSorting(first, 'fill', true)).toEqual({ column: 'fill', descending: false });
    expect(nextSorting(first, 'name')).toEqual({ column: 'name', descending: false });
  });

  it('leaves what is not known at the end, and equals in their order', () => {
    const rows = [
      { name: 'b', fill: null },
      { name: 'lamp 10', fill: 3 },
      { name: 'lamp 9', fill: 3 },
      { name: 'a', fill: 7 },
    ];
    const values = {
      name: ({ name }: { name: string }) => name,
      fill: ({ fill }: { fill: number | null }) => fill,
    };
    const names = (column: 'name' | 'fill', descending: boolean) =>
      sortedBy(rows, { column, descending }, values).map(({ name }) => name);
    expect(names('fill', false)).toEqual(['lamp 10', 'lamp 9', 'a', 'b']);
    expect(names('fill', true)).toEqual(['a', 'lamp 10', 'lamp 9', 'b']);
    expect(names('name', false)).toEqual(['a', 'b', 'lamp 9', 'lamp 10']);
    expect(rows[0]?.name).toBe('b');
  });
});

describe('parts of a whole', () => {
  it('are in the order of the states, without those that nothing is in, and sum up', () => {
    const counts = countBy(['on', 'failed', 'on', 'off'] as const);
    const parts = partsOf(['failed', 'cycling', 'on', 'off'], counts);
    expect(parts.map(({ state, count }) => `${count} ${state}`)).toEqual([
      '1 failed',
      '2 on',
      '1 off',
    ]);
    expect(totalOf(parts)).toBe(4);
    expect(totalOf(partsOf(['on'], {}))).toBe(0);
  });
});
