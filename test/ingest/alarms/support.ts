import { Registry as MetricsRegistry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { AlarmRule, type NewAlarmRule } from '../../../broker/contract/alarm-rules.ts';
import { Device } from '../../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../../broker/contract/ids.ts';
import type { LiveReadings } from '../../../broker/contract/live.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { qualityFlags } from '../../../broker/contract/quality.ts';
import type { Registry } from '../../../broker/contract/registry.ts';
import { type AlarmEngine, startAlarms } from '../../../ingest/alarms/alarms.ts';
import { createMemoryStore } from '../../../ingest/store/memory.ts';
import type { Store } from '../../../ingest/store/store.ts';
import { silentLog } from '../../support/log.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';
import { tempFolder } from '../../support/temp-folder.ts';

export const minute = 60_000;
export const hour = 60 * minute;
/** A Monday at noon. */
export const noon = Date.UTC(2026, 10, 30, 12);

export interface Bench {
  engine: AlarmEngine;
  registry: Registry;
  store: Store;
  metrics: MetricsRegistry;
  now(): number;
  /** Lets time go by, in ticks of a second (or longer ones, where nothing else is to happen). */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** One reading that arrives now, of now unless said otherwise. */
  say(
    device: DeviceKey,
    metric: MetricName,
    value: number,
    more?: { at?: number; flag?: number },
  ): Promise<void>;
  hear(message: LiveReadings): void;
  device(key: DeviceKey, more?: Record<string, unknown>): Promise<void>;
  rule(rule: Partial<NewAlarmRule> & Pick<NewAlarmRule, 'condition'>): Promise<void>;
  /** Switches off what is built in. */
  ownRulesOnly(): Promise<void>;
  /** Stops the engine and opens another one on the same folder, after a while. */
  restart(afterMs?: number): Promise<void>;
  open(): string[];
}

/** An engine with a clock of its own and a feed that the test speaks into. */
export async function bench({
  folder = tempFolder(),
  store = createMemoryStore(),
}: {
  folder?: string;
  store?: Store;
} = {}): Promise<Bench> {
  let now = noon;
  const listeners = new Set<(batch: readonly LiveReadings[]) => void>();
  const registry = createMemoryRegistry();
  const start = (metrics: MetricsRegistry): Promise<AlarmEngine> =>
    startAlarms(
      { path: folder, tickMs: 0 },
      {
        registry,
        store,
        metrics,
        clock: () => now,
        log: silentLog,
        feed: {
          onReadings(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
        },
      },
    );
  const metrics = new MetricsRegistry();
  const hear = (message: LiveReadings): void => {
    for (const listener of listeners) listener([message]);
  };
  const all: Bench = {
    engine: await start(metrics),
    registry,
    store,
    metrics,
    now: () => now,
    hear,
    async pass(ms, stepMs = 1_000) {
      for (let left = ms; left > 0; left -= stepMs) {
        now += Math.min(stepMs, left);
        all.engine.tick();
      }
      await all.engine.settled();
    },
    async say(device, metric, value, { at = now, flag = qualityFlags.good } = {}) {
      hear({ device, receivedAt: now, readings: [{ metric, at, value, flag, reasons: 0 }] });
      await all.engine.settled();
    },
    async device(key, more = {}) {
      const [provider, id] = key.split('/') as [string, string];
      const kind = 'air';
      await registry.putDevice(
        Device.parse({ kind, provider, id, createdAt: 1, intervalMs: minute, ...more }),
      );
    },
    async rule(rule) {
      await all.engine.putRule(
        AlarmRule.parse({ id: 'r1', name: 'Rule', metric: 'pm10', ...rule }),
        'test',
      );
    },
    async ownRulesOnly() {
      for (const { builtIn, revision, changedAt, changedBy, ...rule } of all.engine.rules())
        if (builtIn) await all.engine.putRule({ ...rule, enabled: false }, 'test');
    },
    async restart(afterMs = 0) {
      await all.engine.stop();
      now += afterMs;
      all.engine = await start(new MetricsRegistry());
    },
    open: () => all.engine.list('open').map(summary),
  };
  onTestFinished(() => all.engine.stop());
  return all;
}

/** `r1 p/d active unacknowledged` as one line. */
export function summary(alarm: {
  rule: string;
  device?: string | undefined;
  group?: string | undefined;
  active: boolean;
  acknowledged: boolean;
}): string {
  const { rule, device, group, active, acknowledged } = alarm;
  return `${rule} ${device ?? `@${group ?? ''}`} ${active ? 'active' : 'cleared'} ${acknowledged ? 'ack' : 'unack'}`;
}

/** The kinds of what happened, oldest first. */
export function story(engine: AlarmEngine, alarm?: string): string {
  return engine
    .history({ alarm, limit: 1_000 })
    .reverse()
    .map(({ kind }) => kind)
    .join(' ');
}

export const keys = (count: number, provider = 'p'): DeviceKey[] =>
  Array.from({ length: count }, (_, index) => deviceKey(provider, `d${index}`));
