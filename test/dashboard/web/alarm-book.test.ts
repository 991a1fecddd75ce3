import { describe, expect, it } from 'vitest';
import { type Alarm, compareAlarms } from '../../../broker/contract/alarms.ts';
import { AlarmBook, isOpen, worstFirst } from '../../../dashboard/web/state/alarm-book.ts';
import { alarm, frame } from './alarms.ts';

function bookOf(...alarms: Alarm[]): AlarmBook {
  const book = new AlarmBook();
  book.replace({ alarms, seq: 10 });
  return book;
}

const ids = (book: AlarmBook): string[] => book.list().map(({ id }) => id);

describe('the order of alarms', () => {
  const all = (['critical', 'high', 'medium', 'low'] as const).flatMap((priority) =>
    [true, false].flatMap((acknowledged) =>
      [1_000, 2_000].map((activatedAt) =>
        alarm(`${priority}-${acknowledged}-${activatedAt}`, {
          priority,
          acknowledged,
          activatedAt,
        }),
      ),
    ),
  );

  it('is that of the API, which the page must not import', () => {
    expect([...all].sort(worstFirst)).toEqual([...all].sort(compareAlarms));
    expect([...all].reverse().sort(worstFirst)).toEqual([...all].sort(compareAlarms));
  });
});

describe('what the stream says', () => {
  it('changes, adds and takes away', () => {
    const book = bookOf(alarm('a'), alarm('b'));
    book.apply(frame(11, { alarms: [alarm('c', { priority: 'high' })], closed: ['a'] }));
    expect(ids(book)).toEqual(['c', 'b']);
  });

  it('is passed over where the list was read later', () => {
    const book = bookOf(alarm('a', { revision: 5 }));
    expect(book.apply(frame(10, { alarms: [alarm('b')], closed: ['a'] }))).toEqual([]);
    expect(ids(book)).toEqual(['a']);
  });

  it.each([
    [frame(10, { reload: true }), false],
    [frame(11, { reload: true }), true],
    // Of a server whose numbers begin anew.
    [frame(9, { reload: true }), true],
    [frame(11), false],
  ])('is read again unless the list is of this very state: %o', (said, isBehind) => {
    expect(bookOf().isBehind(said)).toBe(isBehind);
  });

  it('never puts an older revision over a newer one', () => {
    const book = bookOf(alarm('a', { revision: 5, acknowledged: true }));
    book.apply(frame(11, { alarms: [alarm('a', { revision: 4 })] }));
    expect(book.get('a')?.acknowledged).toBe(true);
  });

  it.each([
    ['a new one', [], alarm('a'), true],
    ['one more activation', [alarm('a')], alarm('a', { revision: 2, activations: 2 }), true],
    ['only a comment', [alarm('a')], alarm('a', { revision: 2, comments: 1 }), false],
    ['cleared', [alarm('a')], alarm('a', { revision: 2, active: false }), false],
    ['acknowledged elsewhere', [], alarm('a', { acknowledged: true }), false],
    ['shelved', [], alarm('a', { shelved: { until: 9, reason: 'known', by: 'x' } }), false],
    ['suppressed', [], alarm('a', { suppressed: { by: 'group', id: 'g' } }), false],
    [
      'back from its shelf',
      [alarm('a', { shelved: { until: 9, reason: 'known', by: 'x' } })],
      alarm('a', { revision: 2 }),
      true,
    ],
  ])('calls for attention or not: %s', (_what, before, now, calls) => {
    expect(bookOf(...before).apply(frame(11, { alarms: [now] })).length > 0).toBe(calls);
  });
});

describe('what is done here', () => {
  it('shows at once, and stays when the server says so', () => {
    const book = bookOf(alarm('a'));
    const end = book.begin(['a'], { acknowledged: true });
    expect(book.get('a')?.acknowledged).toBe(true);
    expect(book.isPending('a')).toBe(true);
    end([alarm('a', { revision: 2, acknowledged: true, acknowledgedBy: 'operator:Ada' })]);
    expect(book.get('a')).toMatchObject({ acknowledged: true, acknowledgedBy: 'operator:Ada' });
    expect(book.isPending('a')).toBe(false);
  });

  it('is taken back when it is refused', () => {
    const book = bookOf(alarm('a'));
    const end = book.begin(['a'], { acknowledged: true, assignee: 'Ada' });
    end();
    expect(book.get('a')).toEqual(alarm('a'));
  });

  it('stands over what the stream says meanwhile, and under it afterwards', () => {
    const book = bookOf(alarm('a'));
    const end = book.begin(['a'], { acknowledged: true });
    book.apply(frame(11, { alarms: [alarm('a', { revision: 2, comments: 1 })] }));
    expect(book.get('a')).toMatchObject({ acknowledged: true, comments: 1 });
    end();
    expect(book.get('a')).toMatchObject({ acknowledged: false, comments: 1 });
  });

  it('does not bring back by a late answer what was closed', () => {
    const book = bookOf(alarm('a', { active: false }));
    const end = book.begin(['a'], { acknowledged: true });
    book.apply(frame(11, { closed: ['a'] }));
    end([alarm('a', { revision: 2, active: false, acknowledged: true })]);
    expect(ids(book)).toEqual([]);
  });

  it('takes an alarm off the open ones while it is being shelved', () => {
    const book = bookOf(alarm('a'));
    book.begin(['a'], { shelved: { until: 5, reason: 'works', by: 'Ada' } });
    expect(book.list().filter(isOpen)).toEqual([]);
  });
});
