import { describe, expect, it } from 'vitest';
import type { Connection } from '../../broker/connections.ts';
import { createHalfOpen } from '../../broker/half-open.ts';
import { createRateLimits } from '../../broker/rate-limit.ts';

/** As much of a connection as a rate looks at. */
const connectionOf = (shareKey: string) =>
  ({ shareKey, account: undefined }) as unknown as Connection;

describe('rates', () => {
  it('are not counted when nothing is limited', () => {
    expect(createRateLimits({ perDevice: 0, perProvider: 0 }, () => 0)).toBeUndefined();
  });

  it('allow a burst of ten seconds, then as much as time brings', () => {
    let now = 0;
    const rates = createRateLimits({ perDevice: 2, perProvider: 0 }, () => now);
    const one = connectionOf('p');
    const send = (count: number) => {
      for (let sent = 0; sent < count; sent += 1) rates?.charge(one, 'city/v1/p/d/readings');
    };
    send(20);
    expect(rates?.exceededBy(one)).toBeUndefined();
    send(1);
    expect(rates?.exceededBy(one)).toBe('device-rate');
    now = 499;
    expect(rates?.exceededBy(one)).toBe('device-rate');
    now = 501;
    expect(rates?.exceededBy(one)).toBeUndefined();
    // A long silence brings no more than one burst.
    now = 3_600_000;
    send(21);
    expect(rates?.exceededBy(one)).toBe('device-rate');
  });

  it('bring nothing and take nothing when the clock is set back', () => {
    let now = 1_000_000;
    const rates = createRateLimits({ perDevice: 0, perProvider: 1 }, () => now);
    const one = connectionOf('p');
    for (let sent = 0; sent < 11; sent += 1) rates?.charge(one, 'city/v1/p/d/readings');
    now = 0;
    expect(rates?.exceededBy(one)).toBe('provider-rate');
    expect(rates?.exceededBy(connectionOf('q'))).toBeUndefined();
    now = 1_000;
    expect(rates?.exceededBy(one)).toBeUndefined();
  });
});

describe('half-open connections', () => {
  it('push out the oldest of their own address before any of others', () => {
    const closed: string[] = [];
    let pushedOut = 0;
    const halfOpen = createHalfOpen({ total: 4, perAddress: 2 }, () => {
      pushedOut += 1;
    });
    const add = (address: string, name: string) =>
      halfOpen.add(address, () => void closed.push(name));
    add('one', 'a1');
    add('two', 'b1');
    const leave = add('two', 'b2');
    add('two', 'b3');
    expect(closed).toEqual(['b1']);
    leave();
    leave();
    add('two', 'b4');
    expect(closed).toEqual(['b1']);
    add('three', 'c1');
    expect(halfOpen.count).toBe(4);
    add('four', 'd1');
    expect(closed).toEqual(['b1', 'a1']);
    expect([halfOpen.count, pushedOut]).toEqual([4, 2]);
  });
});
