import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { Account } from '../../broker/contract/access.ts';
import type { Alarms } from '../../broker/contract/alarms.ts';
import type { AuditLog } from '../../broker/contract/audit.ts';
import type { Commands } from '../../broker/contract/commands.ts';
import type { MessageTraces, RefusalTrail } from '../../broker/contract/diagnostics.ts';
import type { HealthPart } from '../../broker/contract/health.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { Jobs } from '../../broker/contract/jobs.ts';
import type { LiveFeed } from '../../broker/contract/live.ts';
import type { Notifications } from '../../broker/contract/notifications.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { Rejection, RejectionLog } from '../../broker/contract/rejection.ts';
import type { Collections } from '../../broker/contract/waste.ts';
import type { Exports } from '../../ingest/export/port.ts';
import type { Importer } from '../../ingest/import/importer.ts';
import type { Shelf } from '../../ingest/open-data/shelf.ts';
import type { ReportShelf } from '../../ingest/reports/report-files.ts';
import type { Store } from '../../ingest/store/store.ts';
import type { Caller } from './access.ts';
import type { Attempts } from './attempts.ts';
import type { ApiConfig } from './config.ts';
import type { LiveHub } from './live/live-hub.ts';
import type { LiveState } from './live/live-state.ts';
import type { SessionKeeper, Sessions } from './sessions.ts';

/** A pushed or replayed message on its way to ingest; the bus's `InboundMessage` as far as HTTP knows it. */
export interface PushMessage {
  topic: string;
  payload: Uint8Array;
  qos: 1;
  retain: false;
  receivedAt: number;
  account?: Account;
  dialect?: string;
  headers?: Readonly<Record<string, string>>;
  /** Id of the rejected message that is handed in once more. */
  replayOf?: string;
}

/** What a kept message came to; the bus's `AcceptOutcome`. */
export interface PushOutcome {
  device: DeviceKey | undefined;
  accepted: number;
  rejections: readonly Rejection[];
}

/** The bus's `Accept`, told by shape: the API does not know the bus. `settle` is called exactly once. */
export type TakePush = (
  message: PushMessage,
  settle: (error?: Error, outcome?: PushOutcome) => void,
) => void;

/** What the API works with; made by whoever starts it. */
export interface ApiDeps {
  registry: Registry;
  store: Pick<Store, 'latest' | 'raw' | 'rollups' | 'rollupsOfMany'>;
  feed: LiveFeed;
  /** Missing when ingest runs in another process: pushes are answered with 503 then. */
  accept?: TakePush;
  /** Missing when ingest runs in another process, as above. */
  importer?: Importer;
  /** Missing when ingest runs in another process. */
  jobs?: Jobs;
  /** Missing: nothing is held against rules in this process. */
  alarms?: Alarms;
  /** Other than the usual time that a test of a rule may take. */
  ruleTestMsMax?: number;
  /** Other than the usual time that answers wait for history; tests wait until it is there. */
  historyWaitMs?: number;
  /** Missing where there are no alarms. */
  notifications?: Notifications;
  /** Missing: there are no exports. */
  exports?: Exports;
  /** Missing: no device can be told anything. */
  commands?: Commands;
  /** Published files; missing: none. */
  openData?: Pick<Shelf, 'read' | 'find' | 'open'>;
  /** Missing: there are none. */
  reports?: ReportShelf;
  /** What crews report; missing: nothing is kept. */
  collections?: Collections;
  rejections: RejectionLog;
  /** Missing when ingest runs in another process: the last messages are not known here then. */
  traces?: MessageTraces;
  /** Missing when the broker runs in another process, as above. */
  refusals?: RefusalTrail;
  audit: AuditLog;
  health: () => Promise<HealthPart[]>;
  metrics: MetricsRegistry;
  clock: () => number;
  log: Logger;
  verifyAdmin: (token: string) => boolean;
  /** Where sessions outlive a restart; missing: they end with the process. */
  sessionKeeper?: SessionKeeper;
  /** Changes when the dashboard was rebuilt. */
  build: string;
  /** File in which counts of devices outlive a restart, for comparison with last week; missing: in memory only. */
  standingsPath?: string;
  /** Folder of the built dashboard; may be missing. */
  webRoot?: string;
  /** Path of a GeoJSON file. */
  baseMap?: string;
  /** Ports of the broker's doors; missing: it runs in another process. */
  mqtt?: { port?: number; tlsPort?: number };
  /** Simulated devices: said loudly. */
  demo: boolean;
  /** Times and bounds of the stream where they differ from the usual; tests are in a hurry. */
  live?: { tickMs?: number; stallMs?: number; perAddressMax?: number; heartbeatMs?: number };
}

/** What routes get. */
export interface Context {
  config: ApiConfig;
  deps: ApiDeps;
  state: LiveState;
  hub: LiveHub;
  sessions: Sessions;
  attempts: Attempts;
}

/** Fastify with zod schemas as its types. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    /** Who has just signed in by this request. */
    signedIn: Account | undefined;
  }
  interface FastifyContextConfig {
    /** Devices push with Basic credentials; nothing else takes them. */
    takesBasic?: boolean;
    /** Its body may take longer than `requestMsMax`. */
    isUpload?: boolean;
  }
}
