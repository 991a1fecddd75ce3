import { Counter, Gauge, type Registry } from 'prom-client';
import { alarmPriorities } from '../../broker/contract/alarm-rules.ts';
import type { Alarm } from '../../broker/contract/alarms.ts';

/** What is measured of the engine itself. */
export function registerAlarmMetrics(
  registry: Registry,
  of: {
    open(): readonly Alarm[];
    waiting(): number;
    lagMs(): number;
    leftOut(): { readings: number; alarms: number; transitions: number };
  },
): { raised(priority: Alarm['priority']): void } {
  const registers = [registry];
  new Gauge({
    name: 'alarms_open',
    help: 'Open alarms, shelved and suppressed ones included',
    labelNames: ['priority'],
    registers,
    collect() {
      const counts = { critical: 0, high: 0, medium: 0, low: 0 };
      for (const { priority } of of.open()) counts[priority] += 1;
      for (const priority of alarmPriorities) this.set({ priority }, counts[priority]);
    },
  });
  new Gauge({
    name: 'alarms_readings_waiting',
    help: 'Readings that wait to be held against the rules',
    registers,
    collect() {
      this.set(of.waiting());
    },
  });
  new Gauge({
    name: 'alarms_lag_seconds',
    help: 'How long the reading that is judged next has waited',
    registers,
    collect() {
      this.set(of.lagMs() / 1_000);
    },
  });
  new Gauge({
    name: 'alarms_left_out',
    help: 'Since the start: readings that were not judged, alarms not opened, transitions not kept, each at a bound',
    labelNames: ['what'],
    registers,
    collect() {
      for (const [what, count] of Object.entries(of.leftOut())) this.set({ what }, count);
    },
  });
  const raised = new Counter({
    name: 'alarms_raised_total',
    help: 'Alarms that were opened',
    labelNames: ['priority'],
    registers,
  });
  for (const priority of alarmPriorities) raised.inc({ priority }, 0);
  return { raised: (priority) => raised.inc({ priority }) };
}
