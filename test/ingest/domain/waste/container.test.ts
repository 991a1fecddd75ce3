import { describe, expect, it } from 'vitest';
import type { Container, ContainerEvent, ContainerRow } from '../../../../broker/contract/waste.ts';
import { collectionList } from '../../../../ingest/domain/waste/collection.ts';
import type { ContainerMetric, Sample } from '../../../../ingest/domain/waste/container-facts.ts';
import {
  type ContainerMemory,
  followContainer,
} from '../../../../ingest/domain/waste/container-memory.ts';
import { judgeContainer } from '../../../../ingest/domain/waste/container-state.ts';
import { followFill } from '../../../../ingest/domain/waste/emptying.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 10, 1);

type Values = Partial<Record<ContainerMetric, number>>;

function valuesOf(values: Values, at = start): Map<ContainerMetric, Sample> {
  return new Map(
    (Object.entries(values) as [ContainerMetric, number][]).map(([metric, value]) => [
      metric,
      { at, value },
    ]),
  );
}

/** A container that is followed. */
class Followed {
  memory: ContainerMemory | undefined;
  readonly events: ContainerEvent[] = [];
  readonly container: Container;
  readonly #values = new Map<ContainerMetric, Sample>();
  at = start;

  constructor(container: Container = { stream: 'paper' }) {
    this.container = container;
  }

  says(values: Values, afterMs = hour): this {
    this.at += afterMs;
    for (const [metric, sample] of valuesOf(values, this.at)) this.#values.set(metric, sample);
    const context = { at: this.at, intervalMs: hour, container: this.container };
    const { memory, events } = followContainer(this.memory, this.#values, context);
    this.memory = memory;
    this.events.push(...events);
    return this;
  }

  fills(...levels: number[]): this {
    for (const fill_level of levels) this.says({ fill_level });
    return this;
  }

  get state(): string | undefined {
    return this.memory?.state;
  }
}

describe('emptying', () => {
  const run = (levels: number[], stepMs = hour) => {
    let memory: Parameters<typeof followFill>[0];
    const events: string[] = [];
    for (const [index, percent] of levels.entries()) {
      const step = followFill(memory, { at: start + index * stepMs, percent });
      memory = step.memory;
      if (step.event) {
        const { event, at, fromPercent, toPercent } = step.event;
        events.push(`${event} ${(at - start) / stepMs} ${fromPercent}>${toPercent}`);
      }
    }
    return { events, memory };
  };

  it.each<[string, number[], string[]]>([
    ['confirmed by the next sample, from the first low one', [80, 81, 3, 4, 5], ['emptied 2 81>3']],
    ['of 30 points', [55, 25, 25], ['emptied 1 55>25']],
    ['of less than 30 points is not seen', [54, 25, 25], []],
    ['to more than 25 % is a part of one', [80, 26, 27], ['partly-emptied 1 80>26']],
    ['one low echo is noise', [80, 3, 80, 81], []],
    ['one low echo before a part of one is noise', [80, 3, 40, 41], ['partly-emptied 2 80>40']],
    ['one high echo is noise', [20, 100, 20, 21], []],
    ['filled at once, and emptied after that', [20, 90, 91, 3, 4], ['emptied 3 91>3']],
    ['in two steps', [80, 40, 5, 6], ['emptied 1 80>5']],
    ['not yet confirmed', [80, 3], []],
    ['twice', [80, 3, 4, 60, 61, 2, 3], ['emptied 1 80>3', 'emptied 5 61>2']],
  ])('%s', (_, levels, expected) => {
    expect(run(levels).events).toEqual(expected);
  });

  it('is confirmed by a sample of the next day, though much was thrown in meanwhile', () => {
    expect(run([50, 90, 2, 27], day).events).toEqual(['emptied 2 90>2']);
  });

  it('starts the fit anew, and only an emptying counts as one', () => {
    const emptied = run([80, 3, 4]).memory;
    expect([emptied?.emptiedAt, emptied?.fitFrom]).toEqual([start + hour, start + hour]);
    const partly = run([90, 40, 41]).memory;
    expect([partly?.emptiedAt, partly?.fitFrom]).toEqual([null, start + hour]);
  });

  it('is not seen in what comes late or twice', () => {
    const { memory } = run([80, 81, 82]);
    if (!memory) throw new Error('no memory');
    expect(followFill(memory, { at: start, percent: 0 })).toEqual({ memory, event: null });
    expect(followFill(memory, { at: memory.last.at, percent: 0 }).memory).toBe(memory);
  });
});

describe('a container stands', () => {
  it.each<[string, Values, string, Container?]>([
    ['ok', { fill_level: 79 }, 'ok'],
    ['due at 80 %', { fill_level: 80 }, 'due'],
    ['urgent at 90 %', { fill_level: 90 }, 'urgent'],
    ['overflowing at 100 %', { fill_level: 100 }, 'overflow'],
    ['overflowing at what is shown as 100 %', { fill_level: 99.5 }, 'overflow'],
    ['nearly full', { fill_level: 99.4 }, 'urgent'],
    ['due as its owner says', { fill_level: 60 }, 'due', { stream: 'glass', collectAtPercent: 60 }],
    [
      'urgent not before it is due',
      { fill_level: 94 },
      'ok',
      { stream: 'glass', collectAtPercent: 95 },
    ],
    [
      'by its distance, not by what it makes of it',
      { distance: 390, fill_level: 0 },
      'urgent',
      { stream: 'glass', emptyMm: 1650, fullMm: 250 },
    ],
    [
      'without an echo, whatever it makes of that',
      { distance: 0, fill_level: 100 },
      'no-data',
      { stream: 'glass', emptyMm: 1650, fullMm: 250 },
    ],
    ['burning at 60 °C', { fill_level: 10, temperature: 60 }, 'fire'],
    ['warm by the sun', { fill_level: 10, temperature: 59.9 }, 'ok'],
    ['burning, of unknown fill', { temperature: 80 }, 'fire'],
    ['dropped', { fill_level: 10, tilt: 1 }, 'dropped'],
    ['burning and dropped', { temperature: 70, tilt: 1 }, 'fire'],
    ['upright', { fill_level: 10, tilt: 0 }, 'ok'],
    ['unknown', {}, 'no-data'],
    ['unknown but for its temperature', { temperature: 20 }, 'no-data'],
  ])('%s: %j is %s', (_, values, expected, container) => {
    const context = { at: start, intervalMs: hour, container };
    expect(judgeContainer(valuesOf(values), context).state).toBe(expected);
  });

  it('without data after three intervals of silence, and by no bad value', () => {
    const full = valuesOf({ fill_level: 100, temperature: 90 });
    const context = { intervalMs: hour };
    expect(judgeContainer(full, { ...context, at: start + 3 * hour }).state).toBe('fire');
    expect(judgeContainer(full, { ...context, at: start + 3 * hour + 1 }).state).toBe('no-data');
    const bad = new Map<ContainerMetric, Sample>([
      ['fill_level', { at: start, value: 100, flag: 4 }],
    ]);
    expect(judgeContainer(bad, { ...context, at: start }).state).toBe('no-data');
  });

  it('corrects the echo by the temperature where its sensor does not', () => {
    const container: Container = { stream: 'glass', emptyMm: 1650, fullMm: 250 };
    // 502 mm at 20 °C: 82 %. In air of -20 °C it is 466.7 mm: 84.5 %.
    const values = valuesOf({ distance: 502, temperature: -20 });
    const at = (echoAssumesC?: number) =>
      judgeContainer(values, {
        at: start,
        intervalMs: hour,
        container: {
          ...container,
          collectAtPercent: 84,
          ...(echoAssumesC === undefined ? {} : { echoAssumesC }),
        },
      }).state;
    expect([at(), at(20)]).toEqual(['ok', 'due']);
  });
});

describe('a container that is followed', () => {
  it('leaves a level five points below it', () => {
    const followed = new Followed();
    const states = [79, 80, 76, 75, 74.9, 79, 90, 85, 84.9, 100, 95, 94.4].map(
      (fill) => followed.fills(fill).state,
    );
    expect(states).toEqual([
      'ok',
      'due',
      'due',
      'due',
      'ok',
      'ok',
      'urgent',
      'urgent',
      'due',
      'overflow',
      'overflow',
      'urgent',
    ]);
  });

  it('overflows once until it is below 94.5 %', () => {
    const followed = new Followed().fills(99, 100, 98, 100, 95, 100, 94, 100);
    expect(followed.events.map(({ event }) => event)).toEqual(['overflow', 'overflow']);
  });

  it('is emptied, which is told with its first low instant', () => {
    const followed = new Followed().fills(96, 100, 2);
    expect(followed.state).toBe('overflow');
    followed.fills(3);
    expect(followed.state).toBe('ok');
    expect(followed.events.at(-1)).toEqual({
      at: start + 3 * hour,
      event: 'emptied',
      fromPercent: 100,
      toPercent: 2,
    });
    expect(followed.memory?.fill?.emptiedAt).toBe(start + 3 * hour);
  });

  it('takes the median of echoes of one measurement', () => {
    const followed = new Followed().fills(50, 51);
    for (const fill_level of [100, 52]) followed.says({ fill_level }, 10_000);
    expect(followed.memory?.fill?.last.percent).toBe(52);
    expect(followed.memory?.pings).toHaveLength(3);
    for (let ping = 0; ping < 20; ping++) followed.says({ fill_level: 52 }, 1_000);
    expect(followed.memory?.pings).toHaveLength(5);
  });

  it.each<[string, [seconds: number, temperature: number][], boolean]>([
    [
      '+10 °C in 5 min',
      [
        [0, 20],
        [300, 30],
      ],
      true,
    ],
    [
      '+9.9 °C in 5 min',
      [
        [0, 20],
        [300, 29.9],
      ],
      false,
    ],
    [
      '+10 °C in 6 min',
      [
        [0, 20],
        [360, 30],
      ],
      false,
    ],
    [
      '+12 °C in 6 min: as steep',
      [
        [0, 20],
        [360, 32],
      ],
      true,
    ],
    [
      '+10 °C over several values',
      [
        [0, 20],
        [100, 23],
        [200, 26],
        [290, 30],
      ],
      true,
    ],
    [
      '+30 °C in an hour by the sun',
      [
        [0, 20],
        [3600, 50],
      ],
      false,
    ],
    [
      '+120 °C in an hour',
      [
        [0, 20],
        [3600, 140],
      ],
      true,
    ],
    [
      '-10 °C in 5 min',
      [
        [0, 40],
        [300, 30],
      ],
      false,
    ],
    ['60 °C by its first value', [[0, 60]], true],
  ])('burns by %s: %j', (_, temperatures, isBurning) => {
    const followed = new Followed();
    let before = 0;
    for (const [seconds, temperature] of temperatures) {
      followed.says({ temperature }, (seconds - before) * 1000);
      before = seconds;
    }
    expect(followed.memory?.isBurning).toBe(isBurning);
    expect(followed.events.map(({ event }) => event)).toEqual(isBurning ? ['fire'] : []);
  });

  it('burns at once, until it is below 55 °C and rises no more', () => {
    const followed = new Followed().fills(50).says({ temperature: 65 }, minute);
    expect([followed.state, followed.events.at(-1)]).toEqual([
      'fire',
      { at: start + hour + minute, event: 'fire', temperatureC: 65 },
    ]);
    expect(followed.says({ temperature: 56 }, 20 * minute).state).toBe('fire');
    expect(followed.says({ temperature: 54 }, 20 * minute).state).toBe('ok');
  });

  it('remembers twelve temperatures, half a minute apart', () => {
    const followed = new Followed();
    for (let second = 0; second < 3600; second++) followed.says({ temperature: 20 }, 1_000);
    expect(followed.memory?.temperatures).toHaveLength(12);
    expect(followed.says({ temperature: 30 }, 1_000).state).toBe('fire');
  });

  it('is dropped after a minute on its side, and its echo does not count', () => {
    const followed = new Followed().fills(50).says({ tilt: 1 }, 10_000);
    expect(followed.state).toBe('no-data');
    expect(followed.says({ fill_level: 3, tilt: 1 }, 59_999).state).toBe('no-data');
    expect(followed.says({ fill_level: 3, tilt: 1 }, 1).state).toBe('dropped');
    expect(followed.events.map(({ event }) => event)).toEqual(['dropped']);
    expect(followed.says({ fill_level: 52, tilt: 0 }, minute).state).toBe('ok');
    expect(followed.memory?.fill?.last.percent).toBe(52);
    expect(followed.events).toHaveLength(1);
  });

  it('is not dropped by a jolt', () => {
    const followed = new Followed()
      .fills(50)
      .says({ tilt: 1 }, 1_000)
      .says({ tilt: 0 }, 30_000)
      .says({ tilt: 1 }, 30_000);
    expect(followed.memory?.isDropped).toBe(false);
  });

  it.each<[string, Container, number, string]>([
    ['biowaste after 14 days', { stream: 'organic' }, 14, 'ok'],
    ['biowaste after more than 14 days', { stream: 'organic' }, 14.1, 'late'],
    ['glass never', { stream: 'glass' }, 365, 'ok'],
    ['glass as its owner says', { stream: 'glass', lateAfterDays: 30 }, 31, 'late'],
  ])('is late: %s', (_, container, days, expected) => {
    const followed = new Followed(container).fills(80, 2, 2);
    followed.says({ fill_level: 20 }, days * day - hour);
    expect(followed.state).toBe(expected);
  });

  it('is late, too, when no emptying was seen in all the time', () => {
    const followed = new Followed({ stream: 'organic' }).fills(10);
    expect(followed.says({ fill_level: 20 }, 15 * day).state).toBe('late');
  });

  it('survives as JSON, and does not run backwards', () => {
    const followed = new Followed().fills(90, 100, 2);
    const memory = JSON.parse(JSON.stringify(followed.memory));
    expect(memory).toEqual(followed.memory);
    const context = { at: start, intervalMs: hour };
    const late = followContainer(memory, valuesOf({ fill_level: 2 }, followed.at), context);
    expect(late).toEqual({ memory, events: [] });
  });
});

describe('the collection list', () => {
  const row = (
    device: string,
    over: Partial<ContainerRow> & { hours?: number | null; full?: number },
  ): ContainerRow => {
    const { hours = null, full, ...rest } = over;
    const forecast = (value: number) => ({
      hours: value,
      earliestHours: value,
      latestHours: value,
    });
    return {
      device: `city/${device}` as ContainerRow['device'],
      stream: 'paper',
      state: 'ok',
      fillPercent: 50,
      fillAt: start,
      isFillSuspect: false,
      ratePercentPerDay: null,
      toCollect: hours === null ? null : forecast(hours),
      toFull: full === undefined ? null : forecast(full),
      collectAtPercent: 80,
      urgentAtPercent: 90,
      capacityL: null,
      temperatureC: null,
      isTilted: null,
      emptiedAt: null,
      newestEvent: null,
      isLate: false,
      isPending: false,
      ...rest,
    };
  };

  it('has what is due now or soon, the most urgent first, by stream', () => {
    const list = collectionList(
      [
        row('later', { hours: 25, full: 60 }),
        row('soon', { hours: 24, full: 40 }),
        row('now', { hours: 0, full: 30, fillPercent: 85 }),
        row('now-fuller', { hours: 0, full: 30, fillPercent: 88 }),
        row('now-riskier', { hours: 0, full: 8 }),
        row('now-still', { hours: 0 }),
        row('late', { isLate: true, full: 200 }),
        row('slow', {}),
        row('silent-b', { fillPercent: null, state: 'no-data' }),
        row('silent-a', { fillPercent: null, state: 'no-data' }),
        row('glass', { hours: 2, stream: 'glass' }),
      ],
      { horizonHours: 24 },
    );
    const names = (rows: ContainerRow[]) => rows.map(({ device }) => device.slice(5));
    expect(list.map(({ stream, stops, noData }) => [stream, names(stops), names(noData)])).toEqual([
      ['glass', ['glass'], []],
      [
        'paper',
        ['now-riskier', 'now-fuller', 'now', 'late', 'now-still', 'soon'],
        ['silent-a', 'silent-b'],
      ],
    ]);
  });

  it('is empty of nothing', () => {
    expect(collectionList([], { horizonHours: 24 })).toEqual([]);
  });
});
