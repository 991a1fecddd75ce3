import { join } from 'node:path';
import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { createBroker } from '../../broker/broker.ts';
import type { BrokerLimits } from '../../broker/limits.ts';
import { createRegistry } from '../../broker/registry/registry.ts';

/** What the test passes as its only argument. */
export interface ChildOptions {
  folder: string;
  port: number;
  adminToken: string;
  /** Without an ingest in the process. */
  apart?: boolean;
  limits?: Partial<BrokerLimits>;
}

/** A broker in a process of its own, for tests that kill it. Says `ready` when it is. */
const options = JSON.parse(process.argv[2] ?? '{}') as ChildOptions;
const registry = createRegistry({ path: join(options.folder, 'registry') });
const broker = createBroker(
  {
    host: '127.0.0.1',
    mqttPort: options.port,
    enrolment: 'provider',
    publicRead: true,
    statePath: join(options.folder, 'broker'),
  },
  {
    registry,
    ...(!options.apart && { accept: (_message, settle) => settle() }),
    clock: Date.now,
    log: pino({ level: 'warn' }),
    metrics: new MetricsRegistry(),
    verifyAdmin: (token) => token === options.adminToken,
    ...(options.limits && { limits: options.limits }),
  },
);
await broker.start();
process.stdout.write('ready\n');
