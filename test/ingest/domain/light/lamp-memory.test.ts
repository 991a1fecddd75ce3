import { describe, expect, it } from 'vitest';
import type { Lamp } from '../../../../broker/contract/lighting.ts';
import type { LampMetric, Sample } from '../../../../ingest/domain/light/lamp-facts.ts';
import {
  followLamp,
  type LampMemory,
  recallLamp,
} from '../../../../ingest/domain/light/lamp-memory.ts';

const start = Date.UTC(2026, 10, 30, 16);
const lamp: Lamp = { nominalPowerW: 36 };
const intervalMs = 60_000;
const [night, day] = [-30, 20];

type Values = Partial<Record<LampMetric, number>>;

const on: Values = { lamp_on: 1, dim_level: 100, power: 36 };
const off: Values = { lamp_on: 0, dim_level: 0, power: 0.4 };
const broken: Values = { lamp_on: 1, dim_level: 100, power: 0.4 };
const reported: Values = { lamp_on: 0, lamp_fault: 1, dim_level: 100, power: 0.4 };

/** A lamp that is followed minute by minute. */
class Followed {
  memory: LampMemory | undefined;
  readonly #values = new Map<LampMetric, Sample>();
  minutes = 0;

  constructor(memory?: LampMemory) {
    this.memory = memory;
  }

  /** Says the values every minute, for so many minutes. */
  says(values: Values, minutes = 1, sunDeg: number | null = night): this {
    for (let count = 0; count < minutes; count++) {
      const at = start + this.minutes * 60_000;
      for (const [metric, value] of Object.entries(values) as [LampMetric, number][])
        this.#values.set(metric, { at, value });
      this.memory = followLamp(this.memory, this.#values, { at, intervalMs, lamp, sunDeg });
      this.minutes++;
    }
    return this;
  }

  isSilent(minutes: number): this {
    this.minutes += minutes;
    return this;
  }

  get state(): string | undefined {
    return this.memory?.state;
  }

  get sinceMinute(): number | null {
    const sinceAt = this.memory?.sinceAt ?? null;
    return sinceAt === null ? null : (sinceAt - start) / 60_000;
  }
}

describe('a lamp that is followed', () => {
  it('stands at once when it is as it should be', () => {
    const followed = new Followed().says(on);
    expect([followed.state, followed.sinceMinute]).toEqual(['on', 0]);
    followed.says(off, 1, day);
    expect([followed.state, followed.sinceMinute]).toEqual(['off', 1]);
    followed.says(off, 10, day);
    expect([followed.state, followed.sinceMinute]).toEqual(['off', 1]);
  });

  it('has failed when that held for the confirm time, since it began', () => {
    const followed = new Followed().says(on, 10).says(broken, 5);
    expect([followed.state, followed.sinceMinute]).toEqual(['on', 0]);
    followed.says(broken);
    expect([followed.state, followed.sinceMinute]).toEqual(['failed', 10]);
  });

  it('has not when it recovered meanwhile', () => {
    const followed = new Followed().says(on, 10).says(broken, 4).says(on).says(broken, 5);
    expect(followed.state).toBe('on');
    expect(followed.says(broken).state).toBe('failed');
  });

  it('counts a gap as "did not hold"', () => {
    const followed = new Followed().says(on, 10).says(broken, 4).isSilent(4).says(broken);
    expect(followed.state).toBe('on');
    followed.says(broken, 4);
    expect(followed.state).toBe('on');
    expect([followed.says(broken).state, followed.sinceMinute]).toEqual(['failed', 18]);
  });

  it('waits for the warm-up after switching on, then confirms', () => {
    // On from minute 1, warm from minute 3, confirmed at minute 8.
    const followed = new Followed().says(off, 1, -2).says(broken, 7);
    expect(followed.state).toBe('on');
    expect([followed.says(broken).state, followed.sinceMinute]).toEqual(['failed', 3]);
  });

  it('takes a lamp that is on when it is first seen to be warm', () => {
    expect(new Followed().says(broken, 6).state).toBe('failed');
  });

  it('is unknown at once when it falls silent, and no failure by that', () => {
    const followed = new Followed().says(on, 5).isSilent(3).says({});
    expect([followed.state, followed.sinceMinute]).toEqual(['unknown', 8]);
    expect(followed.says({}, 60).state).toBe('unknown');
    expect(followed.says(on).state).toBe('on');
  });

  it('stays failed by day until it is seen burning', () => {
    const followed = new Followed().says(broken, 6).says(off, 60, day);
    expect([followed.state, followed.sinceMinute]).toEqual(['failed', 0]);
    // Next dusk: neither the warm-up nor the confirm time lets it look whole.
    followed.says(broken, 30);
    expect([followed.state, followed.sinceMinute]).toEqual(['failed', 0]);
    followed.says(off, 1, day).says(on, 2);
    expect(followed.state).toBe('failed');
    expect(followed.says(on, 3).state).toBe('on');
  });

  it('takes back by itself what it said by itself', () => {
    const followed = new Followed().says(off, 1, day).says(reported, 6, day);
    expect(followed.state).toBe('failed');
    expect(followed.says({ ...off, lamp_fault: 0 }, 1, day).state).toBe('off');
  });

  it('keeps a fault until the next one is confirmed', () => {
    const followed = new Followed().says({ ...on, power: 60 }, 6);
    expect(followed.state).toBe('power-high');
    followed.says(broken, 5);
    expect(followed.state).toBe('power-high');
    expect([followed.says(broken).state, followed.sinceMinute]).toEqual(['failed', 6]);
  });

  it('shows that it is off while darkness waits to be confirmed', () => {
    const followed = new Followed().says(on, 3).says(off);
    expect([followed.state, followed.memory?.pending?.state]).toEqual(['off', 'dark-at-night']);
    expect([followed.says(off, 5).state, followed.sinceMinute]).toEqual(['dark-at-night', 3]);
    expect(followed.says(off, 1, day).state).toBe('off');
  });

  it('cycles after four changes in an hour while it is commanded on', () => {
    const flickers = { lamp_on: 1, dim_level: 100, power: 0.4 };
    const followed = new Followed().says(on, 5);
    for (let round = 0; round < 2; round++) followed.says(flickers, 3).says(on, 3);
    expect(followed.memory?.changesAt).toHaveLength(4);
    expect(followed.says(on, 6).state).toBe('cycling');
    // The first change leaves the hour at minute 65.
    followed.says(on, 65 - followed.minutes);
    expect(followed.state).toBe('cycling');
    expect(followed.says(on, 2).state).toBe('on');
  });

  it('does not cycle when it is switched by command', () => {
    const followed = new Followed();
    for (let round = 0; round < 6; round++) followed.says(on, 4).says(off, 4, -2);
    expect(followed.memory?.changesAt).toEqual([]);
  });

  it('remembers four changes at the most', () => {
    const followed = new Followed();
    for (let round = 0; round < 50; round++) followed.says(on).says(broken);
    expect(followed.memory?.changesAt).toHaveLength(4);
  });

  it('does not run backwards with a message that comes late', () => {
    const followed = new Followed().says(on, 10).says(broken, 3);
    const values = new Map<LampMetric, Sample>(
      Object.entries(broken).map(([metric, value]) => [
        metric as LampMetric,
        { at: start + 12 * 60_000, value },
      ]),
    );
    const late = { at: start, intervalMs, lamp, sunDeg: night };
    expect(followLamp(followed.memory, values, late)).toEqual(followed.memory);
  });

  it('survives as JSON', () => {
    const followed = new Followed().says(on, 10).says(broken, 4);
    const restored = new Followed(JSON.parse(JSON.stringify(followed.memory)));
    restored.minutes = followed.minutes;
    expect([restored.says(broken, 2).state, restored.sinceMinute]).toEqual(['failed', 10]);
  });

  it('begins after a start with what its values say, since unknown', () => {
    const values = new Map<LampMetric, Sample>([['lamp_fault', { at: start, value: 1 }]]);
    const memory = recallLamp(values, { at: start + 30_000, intervalMs, lamp, sunDeg: day });
    expect([memory.state, memory.sinceAt, memory.isReported]).toEqual(['failed', null, true]);
  });
});
