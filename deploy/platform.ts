import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry as MetricsRegistry } from 'prom-client';
import { createAuditLog } from '../broker/audit/audit-log.ts';
import { createBroker } from '../broker/broker.ts';
import type { Accept, Bus } from '../broker/bus/bus.ts';
import { createInProcessBus, type InProcessBus } from '../broker/bus/in-process.ts';
import { createMqttLiveFeed } from '../broker/bus/live-feed.ts';
import { createMqttClientBus } from '../broker/bus/mqtt-client.ts';
import { brokerConfig } from '../broker/config.ts';
import type { HealthPart } from '../broker/contract/health.ts';
import { createRegistry } from '../broker/registry/registry.ts';
import { type ApiServer, createApi } from '../dashboard/api/app.ts';
import { apiConfig } from '../dashboard/api/config.ts';
import type { Retention } from '../ingest/domain/retention.ts';
import { createImporter } from '../ingest/import/import.ts';
import type { Importer } from '../ingest/import/importer.ts';
import { type Ingest, startIngest } from '../ingest/ingest.ts';
import { openDataJob } from '../ingest/open-data/open-data-job.ts';
import { createShelf, type Shelf } from '../ingest/open-data/shelf.ts';
import { createRejectionLog } from '../ingest/rejections/rejection-log.ts';
import { createReportFiles, type ReportFiles } from '../ingest/reports/report-files.ts';
import { reportsJob } from '../ingest/reports/reports-job.ts';
import { refusalOf } from '../ingest/stages/announce.ts';
import { type AdminToken, loadAdminToken } from './admin-token.ts';
import type { Assembly, PlatformOptions, Service } from './assembly.ts';
import type { Env } from './env.ts';
import { keepSessions } from './keep-sessions.ts';
import { type Part, StartFailure } from './lifecycle.ts';
import { clientsMaxOf } from './open-files.ts';
import { openExports, openStore } from './open-store.ts';
import {
  alarmsPart,
  collectionsPart,
  commandsPart,
  notificationsPart,
} from './operations-parts.ts';

/**
 * The whole platform as a list: storage first, then ingest, then the doors through which messages and
 * people come in. Stopped in the reverse order, so that doors close first and storage last.
 */
export function platformParts(options: PlatformOptions): { parts: Part[]; admin: AdminToken } {
  const { env, chosen } = options;
  const missing = whatIsMissing(env, chosen);
  if (missing) throw new StartFailure(missing);
  mkdirSync(env.process.DATA_DIR, { recursive: true, mode: 0o700 });
  const admin = loadAdminToken(env.process.DATA_DIR, env.process.ADMIN_TOKEN);
  const metrics = new MetricsRegistry();
  // The process itself: memory, processor, how late the event loop is.
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: 20 });
  const assembly = {
    options,
    admin,
    metrics,
    inProcess: createInProcessBus(),
  } as Assembly;
  const parts = [
    registryPart(assembly),
    ...(chosen.has('ingest') || chosen.has('dashboard')
      ? [rejectionsPart(assembly), storePart(assembly)]
      : []),
    ...(chosen.has('ingest') ? [ingestPart(assembly)] : []),
    ...(chosen.has('broker') ? [brokerPart(assembly)] : []),
    ...(chosen.has('dashboard') && !chosen.has('ingest') ? [feedPart(assembly)] : []),
    ...(chosen.has('dashboard')
      ? [
          auditPart(assembly),
          exportsPart(assembly),
          commandsPart(assembly),
          alarmsPart(assembly),
          notificationsPart(assembly),
          collectionsPart(assembly),
          apiPart(assembly),
        ]
      : []),
  ];
  return { parts, admin };
}

/** Why this choice of services cannot run with this configuration, in one sentence. */
function whatIsMissing(env: Env, chosen: ReadonlySet<Service>): string | undefined {
  const { BROKER_URL, INFLUX_URL } = env.ingest;
  if (chosen.has('ingest') && !chosen.has('broker') && !BROKER_URL) {
    return 'ingest without broker needs BROKER_URL, the MQTT broker to subscribe at.';
  }
  if (chosen.has('dashboard') && !chosen.has('ingest') && !BROKER_URL) {
    return 'dashboard without ingest needs BROKER_URL, the MQTT broker to hear live readings from.';
  }
  if (chosen.has('dashboard') && !chosen.has('ingest') && !INFLUX_URL) {
    return 'dashboard without ingest needs INFLUX_URL: the file of the embedded store belongs to the process that runs ingest.';
  }
  const { MAP_GEOJSON } = env.api;
  if (chosen.has('dashboard') && MAP_GEOJSON && !existsSync(MAP_GEOJSON)) {
    return `MAP_GEOJSON: there is no file ${MAP_GEOJSON}.`;
  }
  return undefined;
}

function registryPart(assembly: Assembly): Part {
  const { env, log } = assembly.options;
  return {
    name: 'registry',
    async start() {
      const onPollError = (err: unknown): void => log.error({ err }, 'registry not read again');
      const path = join(env.process.DATA_DIR, 'registry');
      const registry = createRegistry({ path }, { onPollError });
      assembly.registry = registry;
      return () => registry.close();
    },
  };
}

function rejectionsPart(assembly: Assembly): Part {
  const { env } = assembly.options;
  return {
    name: 'rejections',
    async start() {
      assembly.rejections = createRejectionLog({ path: join(env.process.DATA_DIR, 'rejections') });
      return () => assembly.rejections.close();
    },
  };
}

/** The process with the API is the one that writes it. */
function auditPart(assembly: Assembly): Part {
  const { env, log } = assembly.options;
  return {
    name: 'audit log',
    async start() {
      const audit = createAuditLog({ folder: join(env.process.DATA_DIR, 'audit') }, { log });
      assembly.audit = audit;
      return () => audit.close();
    },
  };
}

function storePart(assembly: Assembly): Part {
  return {
    name: 'store',
    async start() {
      assembly.opened = openStore(assembly.options);
      assembly.store = assembly.opened.store;
      await assembly.store.start();
      return () => assembly.store.stop();
    },
  };
}

function exportsPart(assembly: Assembly): Part {
  return {
    name: 'exports',
    async start() {
      const settle = assembly.ingest?.settle;
      const exports = openExports(assembly.opened, { ...assembly.options, settle });
      assembly.exports = exports;
      return () => exports.stop();
    },
  };
}

function ingestPart(assembly: Assembly): Part {
  const { env, log, clock } = assembly.options;
  return {
    name: 'ingest',
    async start() {
      const { ingest: settings, process: shared } = env;
      const bus = busOf(assembly);
      const ingest = await startIngest(
        {
          folder: shared.DATA_DIR,
          journalBytesMax: settings.JOURNAL_MAX,
          enrolment: settings.ENROLMENT,
          retention: retentionOf(env),
        },
        {
          bus,
          store: assembly.store,
          registry: assembly.registry,
          rejections: assembly.rejections,
          metrics: assembly.metrics,
          clock,
          log: log.child({ service: 'ingest' }),
          jobs: [
            reportsJob({ ...assembly, files: reportFiles(assembly), clock, log }),
            openDataJob({
              store: assembly.store,
              registry: assembly.registry,
              shelf: openDataShelf(assembly),
              hoursFrom: () => clock() - settings.RETAIN_1H,
              clock,
              log,
            }),
          ],
          // At a foreign broker nobody tells whether somebody listens.
          liveWanted: () =>
            settings.BROKER_URL !== undefined || (assembly.broker?.liveSubscribers() ?? 0) > 0,
        },
      );
      assembly.ingest = ingest;
      assembly.feed = ingest.feed;
      assembly.publish = bus.publish;
      return () => ingest.stop();
    },
  };
}

/** One process writes it, another may read it. */
function openDataShelf({ options: { env } }: Assembly): Shelf {
  return createShelf(join(env.process.DATA_DIR, 'open-data'));
}

/** Files of the past come in where the journal is. */
function importerOf({ options, registry }: Assembly, ingest: Ingest): Importer {
  const { clock } = options;
  const { RETAIN_RAW, ENROLMENT: enrolment } = options.env.ingest;
  return createImporter({
    accept: ingest.accept,
    refusalOf: (device) => refusalOf({ registry, enrolment }, device),
    oldestAt: () => clock() - RETAIN_RAW,
    async recompute(span) {
      await ingest.stored();
      await ingest.recompute(span);
    },
    clock,
  });
}

/** One process writes them, another may read them. */
function reportFiles({ options: { env, log } }: Assembly): ReportFiles {
  return createReportFiles({ folder: join(env.process.DATA_DIR, 'reports') }, { log });
}

function retentionOf({ ingest }: Env): Retention {
  return {
    raw: ingest.RETAIN_RAW,
    '1m': ingest.RETAIN_1M,
    '1h': ingest.RETAIN_1H,
    '1d': ingest.RETAIN_1D,
  };
}

function busOf({ options, inProcess }: Assembly): Bus {
  const { BROKER_URL: url } = options.env.ingest;
  if (!url) return inProcess.bus;
  const log = options.log.child({ service: 'ingest' });
  return createMqttClientBus(
    { url, clientId: 'sensorplatz-ingest' },
    { clock: options.clock, log },
  );
}

function waysIn({
  accept,
  acceptBurst,
}: InProcessBus): Pick<InProcessBus, 'accept' | 'acceptBurst'> {
  return { accept, acceptBurst };
}

function brokerPart(assembly: Assembly): Part {
  const { env, chosen, log, clock } = assembly.options;
  const joined = chosen.has('ingest') && !env.ingest.BROKER_URL;
  return {
    name: 'broker',
    async start() {
      const config = {
        ...brokerConfig(env.broker, { publicRead: env.api.PUBLIC_READ }),
        clientsMax: clientsMaxOf(env.broker.MQTT_CLIENTS_MAX, log),
      };
      const statePath = join(env.process.DATA_DIR, 'broker');
      const broker = createBroker(
        { ...config, statePath },
        {
          registry: assembly.registry,
          ...(joined ? waysIn(assembly.inProcess) : {}),
          clock,
          log: log.child({ service: 'broker' }),
          metrics: assembly.metrics,
          verifyAdmin: assembly.admin.verify,
        },
      );
      assembly.broker = broker;
      assembly.inProcess.attach((message) => broker.publish(message));
      await broker.start();
      return () => broker.stop();
    },
  };
}

function feedPart(assembly: Assembly): Part {
  const { env, log, clock } = assembly.options;
  return {
    name: 'live feed',
    async start() {
      const feed = createMqttLiveFeed({ url: env.ingest.BROKER_URL ?? '' }, { log, clock });
      await feed.start();
      assembly.feed = feed;
      assembly.publish = feed.publish;
      return () => feed.stop();
    },
  };
}

function apiPart(assembly: Assembly): Part {
  const { env, log, clock, web, demo } = assembly.options;
  const { HOST, HTTP_PORT, MAP_GEOJSON } = env.api;
  const baseMap = assembly.options.baseMap ?? MAP_GEOJSON;
  return {
    name: 'dashboard',
    async start() {
      const { ingest, feed, audit } = assembly;
      if (!feed || !audit) throw new StartFailure('the dashboard lacks its live feed or audit log');
      const accept: Accept | undefined = ingest?.accept;
      const api = await createApi(
        { ...apiConfig(env.api), retention: retentionOf(env) },
        {
          registry: assembly.registry,
          store: ingest?.reads ?? assembly.store,
          feed,
          ...(accept ? { accept } : {}),
          ...(ingest ? { jobs: ingest.jobs, traces: ingest.traces } : {}),
          ...(assembly.broker ? { refusals: assembly.broker.refusals, mqtt: doorsOf(env) } : {}),
          ...(ingest ? { importer: importerOf(assembly, ingest) } : {}),
          ...(assembly.alarms ? { alarms: assembly.alarms } : {}),
          ...(assembly.notifications ? { notifications: assembly.notifications } : {}),
          ...(assembly.exports ? { exports: assembly.exports } : {}),
          ...(assembly.commands ? { commands: assembly.commands } : {}),
          ...(assembly.collections ? { collections: assembly.collections } : {}),
          openData: openDataShelf(assembly),
          reports: reportFiles(assembly),
          rejections: assembly.rejections,
          audit,
          standingsPath: join(env.process.DATA_DIR, 'standings.json'),
          health: () => healthOf(assembly),
          metrics: assembly.metrics,
          clock,
          log: log.child({ service: 'dashboard' }),
          verifyAdmin: assembly.admin.verify,
          sessionKeeper: keepSessions(assembly),
          build: web?.build ?? 'none',
          ...(web ? { webRoot: web.root } : {}),
          ...(baseMap ? { baseMap } : {}),
          demo,
        },
      );
      joinWebSocket(api, assembly);
      await api.start(HTTP_PORT, HOST);
      return () => api.stop();
    },
  };
}

/** Where devices reach the broker of this process, as the page tells makers. */
function doorsOf({ broker: { MQTT_PORT, MQTTS_PORT } }: Env): { port?: number; tlsPort?: number } {
  return {
    ...(MQTT_PORT > 0 ? { port: MQTT_PORT } : {}),
    ...(MQTTS_PORT > 0 ? { tlsPort: MQTTS_PORT } : {}),
  };
}

/** MQTT over WebSocket comes in at the API's port, under `/mqtt`. */
function joinWebSocket({ app }: ApiServer, { broker }: Assembly): void {
  app.server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?', 1)[0];
    if (broker && path === '/mqtt') broker.handleUpgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
  });
}

async function healthOf({ ingest, store }: Assembly): Promise<HealthPart[]> {
  if (ingest) return ingest.health();
  try {
    await store.ping();
    return [{ name: 'store', state: 'ok' }];
  } catch (error) {
    return [{ name: 'store', state: 'failed', detail: (error as Error).message }];
  }
}
