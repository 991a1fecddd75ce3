import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { Registry as MetricsRegistry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { HealthPart } from '../../../../broker/contract/health.ts';
import { type ApiServer, createApi } from '../../../../dashboard/api/app.ts';
import type { ApiConfig } from '../../../../dashboard/api/config.ts';
import type { ApiDeps } from '../../../../dashboard/api/context.ts';
import { FakeAlarms } from '../../../support/fake-alarms.ts';
import { stored } from '../../../support/stored.ts';
import { FakeNotifications } from './fake-notifications.ts';
import { FakeRegistry } from './fake-registry.ts';
import {
  FakeAudit,
  FakeCollections,
  FakeCommands,
  FakeFeed,
  FakeIngest,
  FakeJobs,
  FakeRejections,
  FakeStore,
} from './fakes.ts';

/** 2026-06-01T12:00:00Z */
export const testNow = 1_780_315_200_000;
export const adminToken = 'an-admin-token-for-tests';

/** Who asks, in tests of roles. `device` holds the token of `ulm/secret`. */
export const actors = ['public', 'device', 'provider', 'operator', 'admin'] as const;
export type Actor = (typeof actors)[number];

export interface TestApi {
  server: ApiServer;
  registry: FakeRegistry;
  store: FakeStore;
  feed: FakeFeed;
  rejections: FakeRejections;
  ingest: FakeIngest;
  audit: FakeAudit;
  jobs: FakeJobs;
  alarms: FakeAlarms;
  notifications: FakeNotifications;
  commands: FakeCommands;
  collections: FakeCollections;
  metrics: MetricsRegistry;
  /** Parts that `/readyz` is told of. */
  parts: HealthPart[];
  time: { now: number };
  tokens: Record<Exclude<Actor, 'public'>, string>;
  /** A request, by an actor's bearer token unless headers say otherwise. */
  ask(options: InjectOptions & { as?: Actor }): Promise<LightMyRequestResponse>;
}

export interface TestApiOptions {
  config?: Partial<ApiConfig>;
  deps?: Partial<ApiDeps>;
  /** Without ingest in the process. */
  isSplit?: boolean;
  prepare?: (parts: { store: FakeStore; registry: FakeRegistry }) => void | Promise<void>;
}

/**
 * A city of two providers: `ulm/a1` (public air), `ulm/secret` (private noise), `koeln/l1` (public
 * light, without a place) and `koeln/hidden` (private). It listens on a free port.
 */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const registry = new FakeRegistry();
  const store = new FakeStore();
  const feed = new FakeFeed();
  const rejections = new FakeRejections();
  const ingest = new FakeIngest();
  const audit = new FakeAudit();
  const jobs = new FakeJobs();
  const alarms = new FakeAlarms();
  const notifications = new FakeNotifications();
  const commands = new FakeCommands();
  const collections = new FakeCollections();
  const metrics = new MetricsRegistry();
  const time = { now: testNow };
  const parts: HealthPart[] = [{ name: 'journal', state: 'ok' }];
  await seed(registry, store);
  await options.prepare?.({ store, registry });
  const server = await createApi(
    { publicRead: true, enrolment: 'provider', timeZone: 'Europe/Berlin', ...options.config },
    {
      registry,
      store,
      feed,
      ...(options.isSplit ? {} : { accept: ingest.accept, jobs, alarms, notifications }),
      rejections,
      audit,
      commands,
      collections,
      health: async () => parts,
      metrics,
      clock: () => time.now,
      log: pino({ level: 'silent' }),
      verifyAdmin: (token) => token === adminToken,
      build: 'test-build',
      demo: false,
      // In a hurry; `live: {}` asks for the usual times.
      live: { tickMs: 25 },
      historyWaitMs: 10_000,
      ...options.deps,
    },
  );
  onTestFinished(() => server.stop());
  await server.start(0, '127.0.0.1');
  const tokens = {
    device: await registry.issueToken({ kind: 'device', device: 'ulm/secret' }),
    provider: await registry.issueToken({ kind: 'provider', provider: 'ulm' }),
    operator: await registry.issueToken({ kind: 'operator', name: 'Ada' }),
    admin: adminToken,
  };
  const ask: TestApi['ask'] = ({ as = 'public', headers = {}, ...rest }) => {
    const bearer = as === 'public' ? {} : { authorization: `Bearer ${tokens[as]}` };
    return server.app.inject({ ...rest, headers: { ...bearer, ...headers } });
  };
  return {
    server,
    registry,
    store,
    feed,
    rejections,
    ingest,
    audit,
    jobs,
    alarms,
    notifications,
    commands,
    collections,
    metrics,
    parts,
    time,
    tokens,
    ask,
  };
}

async function seed(registry: FakeRegistry, store: FakeStore): Promise<void> {
  const createdAt = testNow - 86_400_000;
  await registry.putProvider({ id: 'ulm', name: 'Stadt Ulm', createdAt, open: false });
  await registry.putProvider({ id: 'koeln', name: 'Stadt Köln', createdAt, open: false });
  const at = { provider: 'ulm', createdAt };
  await registry.putDevice({
    ...at,
    id: 'a1',
    kind: 'air',
    name: 'Münsterplatz',
    public: true,
    location: { lat: 48.398, lon: 9.991 },
  });
  await registry.putDevice({
    ...at,
    id: 'secret',
    kind: 'noise',
    public: false,
    location: { lat: 48.4, lon: 10 },
  });
  const koeln = { provider: 'koeln', createdAt };
  await registry.putDevice({ ...koeln, id: 'l1', kind: 'light', public: true });
  await registry.putDevice({ ...koeln, id: 'hidden', kind: 'waste', public: false });
  store.readings = [
    stored({ device: 'ulm/a1', metric: 'pm10', at: testNow - 120_000, value: 11 }),
    stored({ device: 'ulm/a1', metric: 'pm10', at: testNow - 60_000, value: 12 }),
    stored({ device: 'ulm/a1', metric: 'temperature', at: testNow - 60_000, value: 20 }),
    stored({ device: 'ulm/secret', metric: 'noise', at: testNow - 30_000, value: 55 }),
    stored({ device: 'koeln/l1', metric: 'power', at: testNow - 60 * 60_000, value: 40 }),
  ];
}
