import { describe, expect, it } from 'vitest';
import { filterRows, rankRows, sortRows } from '../../../dashboard/web/state/filter.ts';
import { now, row } from './rows.ts';

const all = { kinds: [], standing: undefined, q: '' };
const rows = [
  row('calm', { name: 'Übersee 2' }, { pm2_5: 3 }),
  row('calm10', { name: 'Übersee 10' }, { pm2_5: 9 }),
  row('dust', { name: 'Markt', district: 'Altstadt' }, { pm2_5: 60 }),
  row('lamp', { name: 'Ring', kind: 'light' }, { lamp_fault: 1 }),
  row('gone', { name: 'Ufer', lastSeenAt: now - 500_000 }),
  row('gone-longer', { name: 'Wehr', lastSeenAt: now - 900_000 }),
  row('late', { name: 'Damm', lastSeenAt: now - 40_000 }),
];
const ids = (list: readonly { key: string }[]) => list.map(({ key }) => key.slice(2));

describe('filterRows', () => {
  it('lets nothing pass that does not match all words', () => {
    expect(filterRows(rows, { ...all, q: 'markt hafen' })).toEqual([]);
  });

  it('searches without regard to case and accents, in name, place and id', () => {
    expect(ids(filterRows(rows, { ...all, q: 'UBERSEE' }))).toEqual(['calm', 'calm10']);
    expect(ids(filterRows(rows, { ...all, q: 'altst markt' }))).toEqual(['dust']);
    expect(ids(filterRows(rows, { ...all, q: 'p/lamp' }))).toEqual(['lamp']);
  });

  it('filters by kind and by standing together', () => {
    expect(ids(filterRows(rows, { ...all, kinds: ['light'] }))).toEqual(['lamp']);
    expect(ids(filterRows(rows, { ...all, standing: 'abnormal' }))).toEqual(['dust', 'lamp']);
    expect(filterRows(rows, { ...all, kinds: ['light'], standing: 'stale' })).toEqual([]);
  });
});

describe('sortRows', () => {
  it('puts the worst first, then the longest silent, then the others by name', () => {
    expect(ids(sortRows([...rows], 'worst'))).toEqual([
      'lamp',
      'dust',
      'gone-longer',
      'gone',
      'late',
      'calm',
      'calm10',
    ]);
  });

  it('sorts numbers within names as numbers', () => {
    const names = sortRows([...rows], 'name').map(({ name }) => name);
    expect(names.indexOf('Übersee 2')).toBeLessThan(names.indexOf('Übersee 10'));
  });

  it('compares values within a kind only', () => {
    expect(ids(sortRows(rows.slice(0, 4), 'value'))).toEqual(['dust', 'calm10', 'calm', 'lamp']);
  });
});

describe('rankRows', () => {
  const found = [
    row('x1', { name: 'Beim Hafen', district: 'Ufer' }),
    row('hafen-2', { name: 'Messpunkt 2' }),
    row('x3', { name: 'Kranplatz', district: 'Hafen' }),
    row('x4', { name: 'Althafen' }),
    row('x5', { name: 'Hafenstraße' }),
  ];

  it('puts names before ids, those before places, and beginnings before middles', () => {
    expect(ids(rankRows([...found], 'hafen'))).toEqual(['x1', 'x5', 'x4', 'hafen-2', 'x3']);
  });

  it('leaves the order as it is among equals, and without a search', () => {
    expect(ids(rankRows([...found].reverse(), 'hafen')).slice(0, 2)).toEqual(['x5', 'x1']);
    expect(rankRows([...found], ' ')).toEqual(found);
  });
});
