import { describe, expect, test } from 'vitest';
import { RecencyList, type Recent } from '../../../dashboard/api/live/recency-list.ts';
import { Seats } from '../../../dashboard/api/live/seats.ts';

interface Item extends Recent<Item> {
  name: string;
}
const item = (name: string): Item => ({ name, changedSeq: 0, older: undefined, newer: undefined });
const names = (items: Iterable<Item>) => [...items].map(({ name }) => name);

describe('the order of changes', () => {
  test('gives what changed since, newest first, and forgets what was removed', () => {
    const list = new RecencyList<Item>();
    const [a, b, c] = [item('a'), item('b'), item('c')];
    list.touch(a, 1);
    list.touch(b, 2);
    list.touch(c, 3);
    expect(names(list.since(0))).toEqual(['c', 'b', 'a']);
    expect(names(list.since(2))).toEqual(['c']);
    list.touch(b, 4);
    expect(names(list.since(0))).toEqual(['b', 'c', 'a']);
    list.touch(b, 5);
    list.touch(a, 6);
    expect(names(list.since(0))).toEqual(['a', 'b', 'c']);
    list.remove(b);
    list.remove(b);
    expect(names(list.since(0))).toEqual(['a', 'c']);
    list.remove(a);
    list.remove(c);
    expect(names(list.since(0))).toEqual([]);
  });

  test('agrees with sorting, whatever is touched and removed', () => {
    const list = new RecencyList<Item>();
    const items = Array.from({ length: 20 }, (_, index) => item(`${index}`));
    const model = new Map<Item, number>();
    let random = 7;
    for (let seq = 1; seq < 2_000; seq++) {
      random = (random * 48_271) % 2_147_483_647;
      const one = items[random % items.length];
      if (!one) continue;
      if (random % 5 === 0) {
        list.remove(one);
        model.delete(one);
      } else {
        list.touch(one, seq);
        model.set(one, seq);
      }
      const since = seq - (random % 50);
      const expected = [...model].filter(([, at]) => at > since).sort((x, y) => y[1] - x[1]);
      expect(names(list.since(since))).toEqual(expected.map(([{ name }]) => name));
    }
  });
});

describe('places for readers', () => {
  test('are bounded per address and in all, and given back once', () => {
    const seats = new Seats({ total: 3, perAddress: 2 });
    const first = seats.take('a');
    expect(seats.take('a')).toBeDefined();
    expect(seats.take('a')).toBeUndefined();
    expect(seats.take('b')).toBeDefined();
    expect(seats.take('c')).toBeUndefined();
    first?.();
    first?.();
    expect(seats.taken).toBe(2);
    expect(seats.take('c')).toBeDefined();
    expect(seats.take('a')).toBeUndefined();
  });
});
