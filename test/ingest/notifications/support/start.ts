import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { AlarmRule } from '../../../../broker/contract/alarm-rules.ts';
import { NotificationTarget } from '../../../../broker/contract/notifications.ts';
import {
  createNotifications,
  type NotificationsConfig,
} from '../../../../ingest/notifications/notifications.ts';
import { FakeAlarms } from '../../../support/fake-alarms.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

export const start = 1_780_315_000_000;

export const webhook = (url: string, more: object = {}): NotificationTarget =>
  NotificationTarget.parse({ id: 'duty', kind: 'webhook', name: 'Duty', url, all: true, ...more });

export const email = (more: object = {}): NotificationTarget =>
  NotificationTarget.parse({
    id: 'mail',
    kind: 'email',
    name: 'Duty',
    to: ['duty@city.example'],
    all: true,
    ...more,
  });

/** Notifications in a hurry, with a clock that stands still until a test moves it. */
export async function startNotifications(more: Partial<NotificationsConfig> = {}) {
  const alarms = new FakeAlarms();
  await alarms.putRule(
    AlarmRule.parse({
      id: 'pm10-high',
      name: 'PM10 is high',
      metric: 'pm10',
      condition: { type: 'threshold', op: 'gt', value: 50 },
      response: 'look at the street',
    }),
    'admin',
  );
  const time = { now: start };
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const path = more.path ?? tempFolder();
  const open = (again: Partial<NotificationsConfig> = {}) => {
    const metrics = new MetricsRegistry();
    const config = { path, tickMs: 5, publicUrl: 'https://city.example', ...more, ...again };
    const deps = { alarms, metrics, clock: () => time.now, log };
    const notifications = createNotifications(config, deps);
    let isStopped = false;
    const stop = async () => {
      if (!isStopped) await notifications.stop();
      isStopped = true;
    };
    onTestFinished(stop);
    const counted = async (kind: string, outcome: string) =>
      (await metrics.getSingleMetric('notifications_total')?.get())?.values.find(
        ({ labels }) => labels.kind === kind && labels.outcome === outcome,
      )?.value;
    return { notifications, stop, counted };
  };
  return { alarms, time, lines, path, open, ...open() };
}

/** Several ticks, so that whatever was due has gone out. */
export async function ticks(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60));
}
