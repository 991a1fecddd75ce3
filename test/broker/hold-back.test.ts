import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createAckGate } from '../../broker/ack-gate.ts';
import type { InboundMessage } from '../../broker/bus/bus.ts';
import { NotKept, type Settle } from '../../broker/bus/bus.ts';
import type { Connection } from '../../broker/connections.ts';
import type { FairReading } from '../../broker/fair-reading.ts';
import { createHoldBack } from '../../broker/hold-back.ts';
import { until } from '../support/until.ts';
import { asDevice, connectClient, startBroker } from './harness.ts';

const message = (qos: 0 | 1 | 2): InboundMessage => ({
  topic: 'city/v1/ulm/a/readings',
  payload: Buffer.from('x'),
  qos,
  retain: false,
  receivedAt: 0,
});

/** A gate of which every message waits in `held`. */
function bench(pause = { min: 40, max: 80 }) {
  const held: Settle[] = [];
  const pending = { count: 0 };
  const reading = {
    isOverfull: () => false,
    take: () => pending.count++,
    release: () => pending.count--,
    stop: () => {},
    get pendingCount() {
      return pending.count;
    },
  } as unknown as FairReading;
  const gate = createAckGate(
    reading,
    (_message, settle) => held.push(settle),
    createHoldBack(pause),
  );
  const conn = new EventEmitter();
  const connection = { open: true, refused: false, client: { conn } } as unknown as Connection;
  const told: string[] = [];
  const submit = (name: string, qos: 0 | 1 | 2 = 1) =>
    gate.submit(connection, message(qos), (error) => told.push(`${name} ${error ? 'no' : 'yes'}`));
  return { gate, held, connection, conn, told, submit };
}

describe('a connection whose message was not kept', () => {
  it('is told after a pause, and nothing behind that message is acknowledged before', async () => {
    const { held, connection, told, submit } = bench();
    for (const name of ['a', 'b', 'c']) submit(name);
    held[0]?.(new NotKept('disk full'));
    held[1]?.();
    held[2]?.(new NotKept('disk full'));
    expect(told).toEqual([]);
    expect(connection.refused).toBe(true);
    const from = performance.now();
    await until('the end of the pause', () => told.length === 3);
    expect(performance.now() - from).toBeGreaterThan(20);
    expect(told).toEqual(['a no', 'b no', 'c no']);
  });

  it('loses nothing of QoS 0 by the pause: that is told at once', () => {
    const { held, told, submit } = bench();
    submit('a');
    submit('b', 0);
    held[0]?.(new NotKept('disk full'));
    held[1]?.();
    expect(told).toEqual(['b yes']);
  });

  it('is forgotten at once when it closes', () => {
    const { held, conn, told, submit } = bench({ min: 60_000, max: 60_000 });
    submit('a');
    held[0]?.(new NotKept('disk full'));
    conn.emit('close');
    expect(told).toEqual(['a no']);
  });

  it('does not hold up a stop', async () => {
    const { gate, held, told, submit } = bench({ min: 60_000, max: 60_000 });
    submit('a');
    held[0]?.(new NotKept('disk full'));
    await gate.drain(5_000);
    expect(told).toEqual(['a no']);
  });

  it('pauses the longer the longer nothing is kept, and briefly again once something was', async () => {
    const { told, ...rest } = bench({ min: 10, max: 10_000 });
    const fail = async (): Promise<number> => {
      const count = told.length;
      rest.submit('x');
      const from = performance.now();
      rest.held.pop()?.(new NotKept('disk full'));
      await until('the pause', () => told.length > count);
      return performance.now() - from;
    };
    await fail();
    let last = 0;
    for (let spent = 0; spent < 400; spent += last) last = await fail();
    expect(last).toBeGreaterThan(75);
    rest.submit('kept');
    rest.held.pop()?.();
    expect(await fail()).toBeLessThan(75);
  });
});

describe('devices that meet a full journal', () => {
  it('do not spin: each comes back about once a second, and is served when there is room', async () => {
    let isFull = true;
    let refusals = 0;
    const test = await startBroker({
      deps: {
        accept: (_message, settle) => {
          if (isFull) refusals++;
          settle(isFull ? new NotKept('disk full') : undefined);
        },
      },
    });
    // This client would come back a hundred times a second.
    const device = await connectClient(test, {
      ...asDevice(test),
      reconnectPeriod: 10,
      clientId: 'spin',
      clean: false,
    });
    let acknowledged = false;
    device.publish('city/v1/umwelt/a1/readings', 'x', { qos: 1 }, (error) => {
      acknowledged = !error;
    });
    const from = performance.now();
    await until('three refusals', () => refusals >= 3, 15_000);
    expect(performance.now() - from).toBeGreaterThan(1_400);
    expect(acknowledged).toBe(false);
    isFull = false;
    await until('the acknowledgement', () => acknowledged, 15_000);
  });
});
