import { describe, expect, it } from 'vitest';
import type { Connection } from '../../broker/connections.ts';
import { HalfOpen } from '../../broker/half-open.ts';
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
    const { halfOpen, add, pushedOut } = strangers({ patienceMs: 0 });
    add('one', 'a1');
    add('two', 'b1');
    const b2 = add('two', 'b2');
    add('two', 'b3');
    expect(pushedOut).toEqual(['b1']);
    halfOpen.remove(b2);
    halfOpen.remove(b2);
    add('two', 'b4');
    expect(pushedOut).toEqual(['b1']);
    add('three', 'c1');
    expect(halfOpen.count).toBe(4);
    add('four', 'd1');
    expect(pushedOut).toEqual(['b1', 'a1']);
    expect(halfOpen.count).toBe(4);
  });

  it('are given the time to speak, while there is room in all', () => {
    const { add, pushedOut, pass } = strangers({ patienceMs: 100 });
    for (const name of ['a1', 'a2', 'a3']) add('one', name);
    expect(pushedOut).toEqual([]);
    pass(100);
    add('one', 'a4');
    expect(pushedOut).toEqual(['a1']);
    add('two', 'b1');
    // No room left: patience with an address that has too many is over.
    add('one', 'a5');
    expect(pushedOut).toEqual(['a1', 'a2']);
    // One of an address with few of them costs the oldest of all its place.
    add('two', 'b2');
    expect(pushedOut).toEqual(['a1', 'a2', 'a3']);
  });
});

function strangers({ patienceMs }: { patienceMs: number }) {
  const pushedOut: string[] = [];
  let nowMs = 0;
  const halfOpen = new HalfOpen<{ address: string; name: string }>(
    { total: 4, perAddress: 2, patienceMs },
    ({ name }) => pushedOut.push(name),
    () => nowMs,
  );
  return {
    halfOpen,
    pushedOut,
    add(address: string, name: string) {
      const stranger = { address, name };
      halfOpen.add(stranger);
      return stranger;
    },
    pass(ms: number) {
      nowMs += ms;
    },
  };
}
