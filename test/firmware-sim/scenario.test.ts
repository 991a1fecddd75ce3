import { describe, expect, it } from 'vitest';
import {
  loadScenario,
  parseScenario,
  scenarioNames,
  scenarioSpan,
} from '../../firmware-sim/scenario.ts';

const least = {
  name: 'least',
  description: 'the least that a scenario says',
  fleet: { devices: 10 },
  duration: '90s',
};

function faultsOf(change: Record<string, unknown>): string[] {
  const parsed = parseScenario({ ...least, ...change });
  return 'faults' in parsed ? parsed.faults : [];
}

describe('a scenario file', () => {
  const rows: [string, Record<string, unknown>, RegExp][] = [
    ['an unknown key', { colour: 1 }, /Unrecognized key: "colour"/],
    ['no length', { duration: '90' }, /^duration: must be a length of time/],
    ['a length that is a number', { duration: 90 }, /^duration: must be a length of time/],
    ['a length below zero', { duration: '-5s' }, /^duration: must be a length of time/],
    ['an endless length', { duration: '99999d' }, /^duration: must be ten years at most/],
    ['an unknown start', { start: 'tomorrow' }, /^start: must be "now", an instant/],
    ['a start without an offset', { start: '2026-12-31T18:00:00' }, /^start: must be "now"/],
    ['more than real time from now on', { speed: 2 }, /^start: must lie in the past/],
    ['an empty mix', { fleet: { devices: 3, mix: {} } }, /^fleet.mix: must have something/],
    ['no devices', { fleet: { devices: 0 } }, /^fleet.devices: /],
    ['an unknown event', { events: [{ event: 'ufo', after: '0s', lasts: '1s' }] }, /^events.0/],
    [
      'an event after the end',
      { events: [{ event: 'inversion', after: '90s', lasts: '1s' }] },
      /^events.0.after: lies behind the end/,
    ],
    [
      'an event of nobody',
      { events: [{ event: 'fire', after: '0s', lasts: '1s', share: 0 }] },
      /^events.0.share: must be above 0/,
    ],
    [
      'a storm after the end',
      { connection: { storms: [{ after: '2m', backWithin: '1s' }] } },
      /^connection.storms.0.after: lies behind the end/,
    ],
    [
      'an unknown bad payload',
      { faults: { badPayloads: { share: 1, oneIn: 1, kinds: ['nice'] } } },
      /^faults.badPayloads.kinds.0: /,
    ],
    ['an unknown reason', { expect: { rejected: ['because'] } }, /^expect.rejected.0: /],
  ];
  it.each(rows)('with %s is refused by one clear fault', (_what, change, fault) => {
    const faults = faultsOf(change);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('tells all of its faults at once', () => {
    expect(faultsOf({ duration: 'long', speed: 0, fleet: { devices: 1.5 } })).toHaveLength(3);
  });

  it('has defaults for all but name, description, size and duration', () => {
    expect(parseScenario(least)).toMatchObject({
      scenario: {
        start: 'now',
        speed: 1,
        durationMs: 90_000,
        fleet: { intervalScale: 1 },
        events: [],
        faults: { uplinkOutages: [], floods: [], sensors: {} },
        connection: { lastWill: true, storms: [] },
        expect: { lost: 0, changed: 0, duplicated: 0, rejected: [] },
      },
    });
  });

  it('may begin now, at an instant, or at an hour of a past day', () => {
    const now = Date.UTC(2026, 10, 22, 12);
    const fromAt = (start: unknown) => {
      const parsed = parseScenario({ ...least, start });
      if ('faults' in parsed) throw new Error(parsed.faults.join());
      const span = scenarioSpan(parsed.scenario, now);
      expect(span.toAt - span.fromAt).toBe(90_000);
      return span.fromAt;
    };
    expect(fromAt('now')).toBe(now);
    expect(fromAt('2026-10-31T18:00:00+01:00')).toBe(Date.UTC(2026, 9, 31, 17));
    expect(fromAt({ daysAgo: 2, hour: 18.5 })).toBe(Date.UTC(2026, 10, 20, 17, 30));
  });
});

describe('the scenarios that come with it', () => {
  it('are the six of the README', () => {
    expect(scenarioNames()).toEqual([
      'bad-firmware',
      'cabinet-outage',
      'flood',
      'new-years-eve',
      'normal-week',
      'reconnect-storm',
    ]);
  });

  it.each(scenarioNames())('%s is sound, and called as its file is', (name) => {
    const loaded = loadScenario(name);
    expect(loaded).toMatchObject({ scenario: { name } });
    expect(loadScenario(`firmware-sim/scenarios/${name}.json`)).toEqual(loaded);
  });

  it.each(scenarioNames())('%s ends before now where it is faster than real time', (name) => {
    const loaded = loadScenario(name);
    if ('faults' in loaded) throw new Error(loaded.faults.join());
    const now = Date.UTC(2026, 10, 22, 12);
    if (loaded.scenario.speed > 1)
      expect(scenarioSpan(loaded.scenario, now).toAt).toBeLessThanOrEqual(now);
  });

  it('are told where a name is unknown', () => {
    expect(loadScenario('normal-weak')).toEqual({
      faults: [expect.stringMatching(/^scenario normal-weak: there are bad-firmware, cabinet-/)],
    });
    expect(loadScenario('./nowhere.json')).toEqual({
      faults: ['scenario ./nowhere.json: there is no such file'],
    });
    expect(loadScenario('README.md')).toEqual({
      faults: [expect.stringMatching(/^scenario README.md: .*JSON/)],
    });
  });
});
