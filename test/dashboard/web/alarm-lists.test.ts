import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alarm } from '../../../broker/contract/alarms.ts';
import {
  type alarmTabs,
  filterAlarms,
  nextActive,
  ofTab,
  rangeAround,
} from '../../../dashboard/web/alarms/alarm-filter.ts';
import {
  alarmName,
  callText,
  valueVersusLimit,
  whoText,
} from '../../../dashboard/web/alarms/alarm-text.ts';
import {
  barsTop,
  barTimes,
  share,
  verdictOfDay,
} from '../../../dashboard/web/alarms/load-figures.ts';
import { Announcer, pauseMs } from '../../../dashboard/web/state/announcer.ts';
import { alarm } from './alarms.ts';
import { wording } from './wording.ts';

const fleet = { row: () => undefined };

describe('the tabs', () => {
  const shelved = alarm('s', { shelved: { until: 1, reason: 'known', by: 'x' } });
  const suppressed = alarm('m', { suppressed: { by: 'maintenance', id: '1' } });
  const both = alarm('b', { ...shelved, ...suppressed, id: 'b', shelved: shelved.shelved });
  const all = [alarm('u'), alarm('k', { acknowledged: true }), shelved, suppressed, both];

  it('show each alarm once among open, shelved and suppressed, and none is lost', () => {
    const ids = (tab: (typeof alarmTabs)[number]) => ofTab(all, tab).map(({ id }) => id);
    expect(ids('open')).toEqual(['u', 'k']);
    expect(ids('unacknowledged')).toEqual(['u']);
    expect(ids('shelved')).toEqual(['s', 'b']);
    expect(ids('suppressed')).toEqual(['m']);
  });
});

describe('the filter', () => {
  const all = [
    alarm('a', { priority: 'critical' }),
    alarm('b', { device: 'p/y' }),
    alarm('g', { device: undefined }),
  ];
  const pass = (part: Partial<Parameters<typeof filterAlarms>[1]>): string[] =>
    filterAlarms(all, {
      priorities: [],
      kinds: [],
      q: '',
      kindOf: ({ device }: Alarm) =>
        device === 'p/x' ? 'waste' : device === 'p/y' ? 'air' : undefined,
      textOf: ({ id, device }: Alarm) => `Müll ${id} ${device ?? ''}`,
      ...part,
    }).map(({ id }) => id);

  it('lets all pass when nothing is asked', () => expect(pass({})).toEqual(['a', 'b', 'g']));
  it('knows priorities', () => expect(pass({ priorities: ['critical', 'high'] })).toEqual(['a']));
  it('knows kinds; what has none is of none', () =>
    expect(pass({ kinds: ['air'] })).toEqual(['b']));
  it('wants all words, without regard to accents', () => {
    expect(pass({ q: 'mull Y' })).toEqual(['b']);
    expect(pass({ q: 'mull z' })).toEqual([]);
  });
});

describe('the focus', () => {
  it.each([
    ['stays on its alarm where that moves', ['b', 'a'], ['a', 'b'], 'a', 'a'],
    ['goes to what took the place', ['a', 'c'], ['a', 'b', 'c'], 'b', 'c'],
    ['goes to the last when the last is gone', ['a', 'b'], ['a', 'b', 'c'], 'c', 'b'],
    ['begins at the first', ['a', 'b'], [], undefined, 'a'],
    ['is nowhere in an empty list', [], ['a'], 'a', undefined],
  ])('%s', (_what, ids, before, active, expected) => {
    expect(nextActive(ids, before, active)).toBe(expected);
  });
});

describe('the chart of an alarm', () => {
  it.each([
    [0, '1h'],
    [30, '1h'],
    [31, '6h'],
    [12 * 60, '24h'],
    [60 * 24 * 20, '1y'],
  ] as const)('%i min after it began shows %s', (minutes, range) => {
    expect(rangeAround(0, minutes * 60_000)).toBe(range);
  });
});

describe('words', () => {
  it('has names for rules of the platform, and uses the own name of others', () => {
    expect(alarmName(wording, alarm('a'))).toBe('Fire in a container');
    expect(alarmName(wording, alarm('a', { rule: 'own', name: 'My rule' }))).toBe('My rule');
    expect(alarmName(wording, alarm('a', { rule: 'constructor', name: 'Odd' }))).toBe('Odd');
  });

  it('says the value beside the limit, in the digits of the metric', () => {
    const high = alarm('a', { metric: 'pm10', value: 62, limit: 50 });
    expect(valueVersusLimit(wording, high)).toBe('62.0\u00a0µg/m³ · limit 50.0\u00a0µg/m³');
    expect(valueVersusLimit(wording, alarm('a', { detail: 'fire' }))).toBe('fire');
    expect(valueVersusLimit(wording, alarm('a', { detail: 'never-heard' }))).toBe('never-heard');
    expect(valueVersusLimit(wording, alarm('a'))).toBe('');
  });

  it('calls people by their names', () => {
    expect(whoText(wording, 'operator:Ada')).toBe('Ada');
    expect(whoText(wording, 'platform')).toBe('the platform');
  });

  it('says of many what is worst', () => {
    const text = callText(wording, fleet, [alarm('a', { priority: 'critical' }), alarm('b')]);
    expect(text).toBe('2 new alarms. Most urgent, critical: Fire in a container, p/x');
    expect(callText(wording, fleet, [])).toBe('');
  });
});

describe('the load', () => {
  it.each([
    [144, 'good'],
    [145, 'manageable'],
    [288, 'manageable'],
    [289, 'tooMany'],
  ] as const)('%i a day is %s', (count, verdict) => expect(verdictOfDay(count)).toBe(verdict));

  it('has no share of nothing', () => {
    expect(share(0, 0)).toBeUndefined();
    expect(share(1, 4)).toBe(0.25);
  });

  it('leaves room for the line of the flood, and grows with what is above', () => {
    expect(barsTop([])).toBe(12);
    expect(barsTop([3, 40])).toBe(40);
  });

  it('ends with the present ten minutes', () => {
    expect(barTimes(2, 1_200_000)).toEqual([0, 600_000]);
  });
});

describe('the announcer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('speaks at once, then gathers for five seconds, and is silent when nothing came', () => {
    const said: string[][] = [];
    const announcer = new Announcer((alarms) => said.push(alarms.map(({ id }) => id)));
    announcer.add([alarm('a')]);
    announcer.add([alarm('b')]);
    announcer.add([alarm('c', { priority: 'critical' }), alarm('b', { revision: 2 })]);
    expect(said).toEqual([['a']]);
    vi.advanceTimersByTime(pauseMs);
    expect(said).toEqual([['a'], ['c', 'b']]);
    vi.advanceTimersByTime(10 * pauseMs);
    expect(said).toHaveLength(2);
    announcer.add([alarm('d')]);
    expect(said.at(-1)).toEqual(['d']);
  });

  it('says nothing any more once it is stopped', () => {
    const say = vi.fn();
    const announcer = new Announcer(say);
    announcer.add([alarm('a')]);
    announcer.add([alarm('b')]);
    announcer.stop();
    vi.advanceTimersByTime(pauseMs);
    expect(say).toHaveBeenCalledTimes(1);
  });
});
