import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceKinds } from '../../../broker/contract/device.ts';
import { languages as contractLanguages } from '../../../broker/contract/metrics.ts';
import {
  formatView,
  horizonHours,
  kinds,
  languages,
  pageNames,
  parseView,
  priorities,
  rangeNames,
  sectionNames,
  type View,
} from '../../../dashboard/web/state/view.ts';

const parse = (address: string): View => parseView(new URL(address, 'http://city.test'));

describe('the view in the address', () => {
  it('takes what is malformed for not being there', () => {
    const view = parse(
      '?device=../etc&kind=gas,air&status=fine&range=9y&metric=<b>&map=1,2&theme=pink&lang=fr&kiosk=yes&sort=up&pane=x&section=all&scheme=%3Cb%3E&year=12&rules=..&reference=a&span=1d&tab=%3Cb%3E&alarm=..&group=a/b/c&from=2026&to=2027&compare=month,..',
    );
    expect(view).toEqual({ ...parse(''), kinds: ['air'] });
  });

  it.each(['NaN,1,2', '95,0,12', '51,190,12', '51,13,0', '51,13,99', '51,13,', '1,2,3,4'])(
    'refuses the map place %s',
    (place) => {
      expect(parse(`?map=${place}`).map).toBeUndefined();
    },
  );

  it('cuts an endless search', () => {
    expect(parse(`?q=${'a'.repeat(1_000)}`).q).toHaveLength(100);
  });

  it('says nothing of what is as by default', () => {
    expect(formatView(parse(''))).toBe('/');
  });

  it('is readable', () => {
    const address = '/?device=stadt/air-1&range=7d&kind=air,waste&map=51.34000,12.37500,12.5';
    expect(formatView(parse(address))).toBe(address);
  });

  it('has a path for each screen, and the device in it on its own', () => {
    expect(parse('/air?lang=de').page).toBe('air');
    expect(parse('/nowhere').page).toBe('overview');
    const device = parse('/device/ulm/air-1?range=7d');
    expect(device).toMatchObject({ page: 'device', device: 'ulm/air-1', range: '7d' });
    expect(formatView(device)).toBe('/device/ulm/air-1?range=7d');
    expect(parse('/device/../etc').device).toBeUndefined();
  });

  it('comes back as it went', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const view: fc.Arbitrary<View> = fc.record({
      device: fc.option(
        fc.tuple(id, id).map(([provider, device]) => `${provider}/${device}` as const),
        { nil: undefined },
      ),
      kinds: fc.subarray([...kinds]),
      standing: fc.constantFrom(undefined, 'abnormal', 'stale', 'offline', 'ok'),
      q: fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
      sort: fc.constantFrom('worst', 'name', 'value', 'age'),
      range: fc.constantFrom(...rangeNames),
      metric: fc.constantFrom(undefined, 'pm2_5', 'fill_level'),
      section: fc.constantFrom(...sectionNames),
      scheme: fc.constantFrom(undefined, 'EAQI-2024', 'US-AQI-2024'),
      year: fc.constantFrom(undefined, 2024, 1999),
      rules: fc.constantFrom(undefined, 'EU-2008-50'),
      reference: fc.constantFrom(undefined, 'stadt/ref-1' as const),
      span: fc.constantFrom('7d', '30d', '365d'),
      window: fc.constantFrom(undefined, { from: Date.UTC(2026, 0), to: Date.UTC(2026, 1) }),
      compare: fc.constantFrom([], ['week'] as const, ['district', 'ulm/b'] as const),
      page: fc.constantFrom(...pageNames),
      tab: fc.constantFrom(undefined, 'shelved'),
      alarm: fc.constantFrom(undefined, 'a-1'),
      priorities: fc.subarray([...priorities]),
      group: fc.constantFrom(undefined, 'paper', 'stadtwerke/cabinet-1'),
      order: fc.constantFrom(undefined, 'fill', '-pm2_5'),
      horizon: fc.constantFrom(...horizonHours),
      map: fc.constantFrom(undefined, { lat: 51.34567, lon: -12.5, zoom: 12.5 }),
      pane: fc.constantFrom('list', 'map'),
      theme: fc.constantFrom(undefined, 'light', 'dark'),
      lang: fc.constantFrom(undefined, ...languages),
      kiosk: fc.boolean(),
    });
    fc.assert(
      fc.property(view, (before) => {
        expect(parse(formatView(before))).toEqual(before);
      }),
      { seed: 3 },
    );
  });

  it('knows all kinds and languages of the contract', () => {
    expect([...kinds]).toEqual([...deviceKinds]);
    expect([...languages]).toEqual([...contractLanguages]);
  });
});

describe('the round of a wall', () => {
  const rotationOf = (text: string) =>
    parseView({ pathname: '/', search: `?kiosk=1&rotate=${text}` }).rotate;

  it.each([
    ['overview,air,alarms:30', { pages: ['overview', 'air', 'alarms'], seconds: 30 }],
    ['overview,air', { pages: ['overview', 'air'], seconds: 30 }],
    ['overview,air:1', { pages: ['overview', 'air'], seconds: 5 }],
    ['overview,air:99999', { pages: ['overview', 'air'], seconds: 3600 }],
    ['overview,nowhere,air:20', { pages: ['overview', 'air'], seconds: 20 }],
    ['overview', undefined],
    ['overview,air:x', undefined],
    ['', undefined],
  ])('%s', (text, rotation) => expect(rotationOf(text)).toEqual(rotation));

  it('stays in the address as it was written', () => {
    const search = '?kiosk=1&rotate=overview,air,alarms:30';
    expect(formatView(parseView({ pathname: '/', search }))).toBe(`/${search}`);
  });
});
