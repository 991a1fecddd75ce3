import { Counter, Gauge, type Registry as MetricsRegistry } from 'prom-client';
import type { Connections } from './connections.ts';
import { type FairReading, type ThrottleScope, throttleScopes } from './fair-reading.ts';

/** What the broker counts as it goes: without labels to look up, so that a flood costs nothing here. */
export interface BrokerMetrics {
  /** Publishes that were let in; one, unless told otherwise. */
  received(qos: 0 | 1 | 2, count?: number): void;
  /** A connection is not read from now on. */
  throttled(scope: ThrottleScope): void;
  /** Starts the gauges. */
  watch(watched: { reading: FairReading; connections: Connections }): void;
}

/** Registers the broker's counters. */
export function createMetrics(metrics: MetricsRegistry): BrokerMetrics {
  const received = new Counter({
    name: 'mqtt_publishes_received_total',
    help: 'Publishes that clients sent and were allowed to',
    labelNames: ['qos'],
    registers: [metrics],
  });
  const byQos = [received.labels('0'), received.labels('1'), received.labels('2')] as const;
  const throttled = new Counter({
    name: 'mqtt_throttled_total',
    help: 'Times that a connection was left unread for a while: because of itself, its provider, all together, or a rate',
    labelNames: ['scope'],
    registers: [metrics],
  });
  const byScope = new Map(throttleScopes.map((scope) => [scope, throttled.labels(scope)]));
  for (const counter of byScope.values()) counter.inc(0);
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [metrics],
      collect() {
        this.set(read());
      },
    });
  return {
    received: (qos, count = 1) => byQos[qos].inc(count),
    throttled: (scope) => byScope.get(scope)?.inc(),
    watch({ reading, connections }) {
      gauge(
        'mqtt_connected_clients',
        'Connections that are signed in',
        () => connections.signedInCount,
      );
      gauge('mqtt_pending_acks', 'Publishes that wait to be kept', () => reading.pendingCount);
      gauge(
        'mqtt_throttled_connections',
        'Connections that are not read now',
        () => reading.heldCount,
      );
    },
  };
}
