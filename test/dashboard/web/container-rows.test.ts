import { describe, expect, it } from 'vitest';
import {
  type ContainerRow,
  containerStates as contractStates,
  wasteStreams as contractStreams,
  type FillForecast,
} from '../../../broker/contract/waste.ts';
import {
  type BinHistory,
  chartEvents,
  fittedLine,
  newestEvents,
} from '../../../dashboard/web/waste/bin-history.ts';
import {
  binSort,
  binsOf,
  cityEvents,
  containerStateOf,
  filterBins,
  streamOf,
} from '../../../dashboard/web/waste/container-rows.ts';
import {
  containerLooks,
  containerStates,
  fillTone,
  wasteStreams,
} from '../../../dashboard/web/waste/container-states.ts';
import { forecastText, forecastWhen } from '../../../dashboard/web/waste/forecast-text.ts';
import { wording } from './wording.ts';

function container(id: string, part: Partial<ContainerRow> = {}): ContainerRow {
  return {
    device: `p/${id}`,
    stream: 'paper',
    state: 'ok',
    fillPercent: 50,
    fillAt: 0,
    isFillSuspect: false,
    ratePercentPerDay: 12,
    toCollect: null,
    toFull: null,
    collectAtPercent: 80,
    urgentAtPercent: 90,
    capacityL: null,
    temperatureC: null,
    isTilted: null,
    emptiedAt: null,
    newestEvent: null,
    isLate: false,
    isPending: false,
    ...part,
  };
}

const forecast = (
  earliestHours: number,
  hours: number,
  latestHours: number | null,
): FillForecast => ({ hours, earliestHours, latestHours });

describe('what the page knows of containers', () => {
  it('is what the contract says; what is calm is grey, and so is silence', () => {
    expect(containerStates).toEqual(contractStates);
    expect(wasteStreams).toEqual(contractStreams);
    const grey = containerStates.filter((state) => containerLooks[state].tone === 0);
    expect(grey).toEqual(['no-data', 'ok']);
  });

  it.each([
    [null, 0],
    [0, 0],
    [79.9, 0],
    [80, 1],
    [89.9, 1],
    [90, 2],
    [99.4, 2],
    [99.5, 3],
    [100, 3],
  ])('a fill of %s has tone %s, whatever else is the matter', (fillPercent, tone) => {
    expect(fillTone(container('a', { fillPercent, state: 'fire' }))).toBe(tone);
  });
});

describe('containers', () => {
  it('stand worst first, then by who is to be emptied first, then by how full', () => {
    const bins = binsOf(
      [
        container('calm', { fillPercent: 10 }),
        container('full', { fillPercent: 70 }),
        container('soon', { toCollect: forecast(3, 4, 6) }),
        container('silent', { state: 'no-data', fillPercent: null }),
        container('fire', { state: 'fire', fillPercent: 5 }),
        container('due', { state: 'due', fillPercent: 85, toCollect: forecast(0, 0, 0) }),
      ],
      () => undefined,
    );
    expect(bins.map(({ device }) => device.slice(2))).toEqual([
      'fire',
      'due',
      'silent',
      'soon',
      'full',
      'calm',
    ]);
  });

  it('are found by stream, state and name', () => {
    const bins = binsOf(
      [container('a', { stream: 'glass' }), container('b', { state: 'due' }), container('c')],
      () => undefined,
    );
    const found = (filter: Parameters<typeof filterBins>[1]) =>
      filterBins(bins, filter).map(({ device }) => device.slice(2));
    expect(found({ stream: 'glass' })).toEqual(['a']);
    expect(found({ stream: 'paper', state: 'due' })).toEqual(['b']);
    expect(found({ q: 'P/C' })).toEqual(['c']);
    expect(streamOf('glass')).toBe('glass');
    expect(streamOf('p/cabinet')).toBeUndefined();
    expect(containerStateOf('collection')).toBeUndefined();
  });

  it('were emptied newest first, as many as there is room for, and only those that were', () => {
    const bins = binsOf(
      [1, 3, null, 2].map((emptiedAt, index) => container(String(index), { emptiedAt })),
      () => undefined,
    );
    expect(cityEvents(bins, 2).map(({ at }) => at)).toEqual([3, 2]);
    expect(cityEvents([], 2)).toEqual([]);
    const burning = bins.map((bin) => ({ ...bin, newestEvent: { at: 9, event: 'fire' as const } }));
    expect(cityEvents(burning.slice(0, 1), 5)[0]).toMatchObject({ at: 9, event: 'fire' });
  });

  it('without a forecast have none to be sorted by', () => {
    const [bin] = binsOf([container('a')], () => undefined);
    expect(bin && binSort.full(bin)).toBeNull();
  });
});

describe('when a container is full', () => {
  const say = (part: Partial<ContainerRow>) =>
    forecastText(wording, container('a', part), 'toFull');

  it.each([
    ['of an interval, rounded outwards', forecast(14.2, 17, 21.3), 'in 14–22 h'],
    ['of less than an hour', forecast(0.2, 0.4, 0.7), 'in 0–1 h'],
    ['of one hour', forecast(1, 1, 1), 'in 1 h'],
    ['of days', forecast(40, 60, 71), 'in 1–3 days'],
    ['that may never come', forecast(14.9, 30, null), 'in 14 h or later'],
    ['that may never come, far off', forecast(100, 400, null), 'in 4 days or later'],
    ['beyond all forecasts', forecast(720, 720, null), 'in 30 days or later'],
    ['that is here', forecast(0, 0, 0), 'full now'],
  ])('says a forecast %s with its interval', (_what, toFull, text) => {
    expect(say({ toFull })).toBe(text);
  });

  it.each([
    [{ fillPercent: null, ratePercentPerDay: null }, 'fill level unknown'],
    [{ ratePercentPerDay: null }, 'not enough data since it was emptied'],
    [{ ratePercentPerDay: 0.3 }, 'hardly filling'],
    [{ ratePercentPerDay: 0.3, fillPercent: 99.6 }, 'full now'],
  ])('says why there is no forecast, but of what is full that it is: %o', (part, text) => {
    expect(say(part)).toBe(text);
  });

  it('says a weekday and its hour, in the city’s zone, within a week', () => {
    // Monday 30 November 2026, 12:20 UTC; Berlin is an hour ahead.
    const now = Date.UTC(2026, 10, 30, 12, 20);
    expect(forecastWhen(wording, forecast(10, 14, 20), now)).toBe('Tue 03:00');
    expect(forecastWhen(wording, forecast(0, 0, 0), now)).toBeUndefined();
    expect(forecastWhen(wording, forecast(100, 200, null), now)).toBeUndefined();
    expect(forecastWhen(wording, null, now)).toBeUndefined();
  });
});

describe('the history of a container', () => {
  const history: BinHistory = {
    events: [
      { at: 1, event: 'overflow' },
      { at: 2, event: 'emptied', fromPercent: 95, toPercent: 4 },
      { at: 3, event: 'fire', temperatureC: 70 },
    ],
    line: { from: 2, fromPercent: 4, to: 10, toPercent: 100 },
  };

  it('is on the chart with every event and the fitted line, and without one where there is none', () => {
    expect(chartEvents(history, wording.messages.waste.event)).toEqual([
      { at: 1, label: 'overflowing' },
      { at: 2, label: 'emptied' },
      { at: 3, label: 'fire' },
    ]);
    expect(fittedLine(history)).toEqual({ from: { at: 2, value: 4 }, to: { at: 10, value: 100 } });
    expect(fittedLine({ ...history, line: null })).toBeUndefined();
  });

  it('is listed newest first, as much as there is room for', () => {
    expect(newestEvents(history, 2).map(({ at }) => at)).toEqual([3, 2]);
    expect(newestEvents({ events: [], line: null }, 2)).toEqual([]);
  });
});
