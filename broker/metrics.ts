import { Counter, Gauge, type Registry as MetricsRegistry } from 'prom-client';
import type { AckGate } from './ack-gate.ts';
import type { Connections } from './connections.ts';

/** Registers the broker's counters and gauges. Returns what counts one publish that was let in. */
export function createMetrics(
  metrics: MetricsRegistry,
  watched: { gate: AckGate; connections: Connections },
): (qos: 0 | 1 | 2) => void {
  const received = new Counter({
    name: 'mqtt_publishes_received_total',
    help: 'Publishes that clients sent and were allowed to',
    labelNames: ['qos'],
    registers: [metrics],
  });
  const byQos = [received.labels('0'), received.labels('1'), received.labels('2')] as const;
  new Gauge({
    name: 'mqtt_connected_clients',
    help: 'Connections that are signed in',
    registers: [metrics],
    collect() {
      this.set(watched.connections.signedInCount);
    },
  });
  new Gauge({
    name: 'mqtt_pending_acks',
    help: 'Publishes that wait to be kept',
    registers: [metrics],
    collect() {
      this.set(watched.gate.pendingCount);
    },
  });
  return (qos) => byQos[qos].inc();
}
