import { generate, type IPublishPacket, parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { Milliseconds } from './paced-connection.ts';
import { PacedFleet } from './paced-fleet.ts';

const metrics: readonly MetricName[] = ['pm10', 'pm2_5', 'temperature', 'relative_humidity'];
const now = 1_790_000_000_000;

function parsed(bytes: Buffer): IPublishPacket {
  const packets: IPublishPacket[] = [];
  const reading = parser();
  reading.on('packet', (packet) => packets.push(packet as IPublishPacket));
  reading.parse(bytes);
  const [packet] = packets;
  if (!packet || packets.length > 1) throw new Error(`${packets.length} packets`);
  return packet;
}

describe('a paced fleet', () => {
  it('makes well-formed QoS 1 packets with an id that is never 0', () => {
    const fleet = new PacedFleet({ user: 'bench', devices: 3, metrics });
    for (const index of [0, 65_534, 65_535, 200_000]) {
      const bytes = fleet.next(2, index, now);
      const packet = parsed(bytes);
      expect(packet).toMatchObject({
        cmd: 'publish',
        qos: 1,
        topic: 'city/v1/bench/dev-2/readings',
      });
      expect(packet.messageId).toBe((index % 65_535) + 1);
      expect(generate(packet)).toEqual(bytes);
    }
  });

  it('says plausible values of all metrics, which change', () => {
    const fleet = new PacedFleet({ user: 'bench', devices: 40, metrics });
    const seen = new Map<string, Set<number>>(metrics.map((metric) => [metric, new Set()]));
    for (let index = 0; index < 4_000; index += 1) {
      const { at, ...values } = JSON.parse(
        String(parsed(fleet.next(index % 40, index, now)).payload),
      );
      expect(at).toBeGreaterThanOrEqual(now);
      for (const [metric, value] of Object.entries(values)) seen.get(metric)?.add(Number(value));
    }
    for (const metric of metrics) {
      const values = [...(seen.get(metric) ?? [])];
      const { min, max } = metricOf(metric);
      expect(values.length).toBeGreaterThan(50);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(min);
      expect(Math.max(...values)).toBeLessThanOrEqual(max);
    }
  });

  it('never says an instant of a device twice, also when several are due at once', () => {
    const fleet = new PacedFleet({ user: 'bench', devices: 1, metrics: ['pm10'] });
    const instants = [now, now, now, now - 5, now + 1, now + 50].map(
      (at, index) => JSON.parse(String(parsed(fleet.next(0, index, at)).payload)).at,
    );
    expect(instants).toEqual([0, 1, 2, 3, 4, 50].map((ms) => now + ms));
  });
});

describe('milliseconds', () => {
  it('have no quantiles of nothing', () => {
    expect(new Milliseconds().take()).toEqual({ p50: -1, p99: -1, max: -1 });
  });

  it('count each up to its bound, and forget what was taken', () => {
    const times = new Milliseconds();
    for (let ms = 1; ms <= 100; ms += 1) times.add(ms - 0.5);
    times.add(1e9);
    expect(times.take()).toEqual({ p50: 51, p99: 100, max: 60_000 });
    expect(times.take().max).toBe(-1);
  });
});
