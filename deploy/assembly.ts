import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { createAuditLog } from '../broker/audit/audit-log.ts';
import type { Broker } from '../broker/broker.ts';
import type { Bus } from '../broker/bus/bus.ts';
import type { InProcessBus } from '../broker/bus/in-process.ts';
import type { LiveFeed } from '../broker/contract/live.ts';
import type { Notifications } from '../broker/contract/notifications.ts';
import type { Registry } from '../broker/contract/registry.ts';
import type { AlarmEngine } from '../ingest/alarms/alarms.ts';
import type { createCollections } from '../ingest/collections/collections.ts';
import type { RunningCommands } from '../ingest/commands/commands.ts';
import type { Exports } from '../ingest/export/port.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { createRejectionLog } from '../ingest/rejections/rejection-log.ts';
import type { Store } from '../ingest/store/store.ts';
import type { AdminToken } from './admin-token.ts';
import type { Env } from './env.ts';
import type { OpenedStore } from './open-store.ts';

export const services = ['broker', 'ingest', 'dashboard'] as const;
export type Service = (typeof services)[number];

export interface PlatformOptions {
  env: Env;
  /** What this process runs; what it does not run is reached over MQTT and `DATA_DIR`. */
  chosen: ReadonlySet<Service>;
  log: Logger;
  clock: () => number;
  /** The built dashboard and its id; only with `dashboard`. */
  web?: { root: string; build: string };
  demo: boolean;
  baseMap?: string;
}

/** A process that is being put together: what the parts make, for the parts after them. */
export interface Assembly {
  options: PlatformOptions;
  metrics: MetricsRegistry;
  admin: AdminToken;
  registry: Registry;
  rejections: ReturnType<typeof createRejectionLog>;
  audit?: ReturnType<typeof createAuditLog>;
  store: Store;
  opened: OpenedStore;
  exports?: Exports;
  alarms?: AlarmEngine;
  notifications?: Notifications;
  inProcess: InProcessBus;
  /** The way to devices: of ingest, or else of the live feed. */
  publish?: Bus['publish'];
  commands?: RunningCommands;
  collections?: ReturnType<typeof createCollections>;
  broker?: Broker;
  ingest?: Ingest;
  feed?: LiveFeed;
}
