import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../firmware-sim/random.ts';
import { Agenda } from '../../../firmware-sim/run/agenda.ts';
import { createPace } from '../../../firmware-sim/run/pace.ts';

describe('Agenda', () => {
  it('gives nothing when it is empty', () => {
    const agenda = new Agenda();
    expect([agenda.peek(), agenda.pop(), agenda.size]).toEqual([undefined, undefined, 0]);
  });

  it('gives what is due first, in whatever order things were put in and taken out', () => {
    const random = createRandom(3);
    const agenda = new Agenda<{ at: number }>();
    const model: number[] = [];
    for (let turn = 0; turn < 3_000; turn++) {
      if (random.next() < 0.55) {
        const at = random.index(500);
        agenda.push({ at });
        model.push(at);
      } else {
        model.sort((a, b) => a - b);
        expect(agenda.pop()?.at).toBe(model.shift());
      }
      expect(agenda.size).toBe(model.length);
    }
  });
});

describe('createPace', () => {
  it('lets simulated time run so many times as fast, from the start', () => {
    let wall = 1_000;
    const pace = createPace({ fromAt: 50_000, startedAt: 1_000, speed: 20 }, () => wall);
    wall = 1_500;
    expect([pace.now(), pace.wallAt(52_000), pace.untilMs(70_000)]).toEqual([60_000, 1_100, 500]);
    expect(pace.untilMs(50_000)).toBe(0);
  });

  it('has no pace to keep at full speed: all is due, nothing is late', () => {
    const pace = createPace({ fromAt: 5, startedAt: 1, speed: 'max' }, () => 7);
    expect(pace.now()).toBe(Number.POSITIVE_INFINITY);
    expect(7 - pace.wallAt(6)).toBeLessThan(0);
  });
});
