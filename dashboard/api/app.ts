import { parse } from 'node:querystring';
import cookie from '@fastify/cookie';
import fastify, {
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { Attempts } from './attempts.ts';
import { auditChanges } from './audit.ts';
import { authenticate } from './authenticate.ts';
import { limitBodyTime } from './body-time.ts';
import type { ApiConfig } from './config.ts';
import type { Api, ApiDeps, Context } from './context.ts';
import { sendProblem } from './errors.ts';
import { httpMetrics } from './http-metrics.ts';
import { apiLimits } from './limits.ts';
import { LiveHub } from './live/live-hub.ts';
import { LiveState } from './live/live-state.ts';
import { openApi } from './openapi.ts';
import { alarmDeedsRoutes } from './routes/alarm-deeds.ts';
import { alarmHistoryRoute } from './routes/alarm-history.ts';
import { alarmRulesRoutes } from './routes/alarm-rules.ts';
import { alarmsRoutes } from './routes/alarms.ts';
import { auditRoute } from './routes/audit.ts';
import { commandRoutes } from './routes/commands.ts';
import { comparisonRoute } from './routes/comparison.ts';
import { deviceRoutes } from './routes/device.ts';
import { devicesRoute } from './routes/devices.ts';
import { diagnosticsRoute } from './routes/diagnostics.ts';
import { exportRoutes } from './routes/export.ts';
import { importRoute } from './routes/import.ts';
import { indicesRoute } from './routes/indices.ts';
import { jobsRoutes } from './routes/jobs.ts';
import { latestRoute } from './routes/latest.ts';
import { lightingRoute } from './routes/lighting.ts';
import { liveRoute } from './routes/live.ts';
import { maintenanceRoutes } from './routes/maintenance.ts';
import { notificationsRoutes } from './routes/notifications.ts';
import { openDataRoutes } from './routes/open-data.ts';
import { operatorsRoute } from './routes/operators.ts';
import { playbackRoute } from './routes/playback.ts';
import { providersRoutes } from './routes/providers.ts';
import { pushRoutes } from './routes/push.ts';
import { rejectionsRoute } from './routes/rejections.ts';
import { replayRoutes } from './routes/replay.ts';
import { reportsRoutes } from './routes/reports.ts';
import { seriesRoute } from './routes/series.ts';
import { sessionRoutes } from './routes/session.ts';
import { siteRoutes } from './routes/site.ts';
import { statisticsRoute } from './routes/statistics.ts';
import { statusRoute } from './routes/status.ts';
import { systemRoutes } from './routes/system.ts';
import { wasteRoutes } from './routes/waste.ts';
import { securityHeaders } from './security-headers.ts';
import { Sessions } from './sessions.ts';
import { webFiles } from './web-files.ts';

/** The HTTP API and the dashboard's files. */
export interface ApiServer {
  /** The Fastify app; `app.server` for who wants the upgrade of `/mqtt`. */
  app: Api;
  /** Fills the live state and listens. Port 0 takes a free one. Gives the address. @throws StoreUnavailable */
  start(port: number, host: string): Promise<string>;
  /** Takes no more requests, ends streams, and waits for requests under way, but not for ever. */
  stop(): Promise<void>;
}

type RouteGroup = (app: Api, context: Context) => void;

const routeGroups: readonly RouteGroup[] = [
  devicesRoute,
  deviceRoutes,
  diagnosticsRoute,
  commandRoutes,
  providersRoutes,
  operatorsRoute,
  latestRoute,
  seriesRoute,
  playbackRoute,
  exportRoutes,
  indicesRoute,
  statisticsRoute,
  comparisonRoute,
  reportsRoutes,
  lightingRoute,
  wasteRoutes,
  liveRoute,
  alarmsRoutes,
  alarmDeedsRoutes,
  alarmHistoryRoute,
  alarmRulesRoutes,
  maintenanceRoutes,
  notificationsRoutes,
  rejectionsRoute,
  replayRoutes,
  auditRoute,
  jobsRoutes,
  openDataRoutes,
  sessionRoutes,
  siteRoutes,
  systemRoutes,
  statusRoute,
];

/** Builds the API; it neither listens nor reads anything before `start`. */
export async function createApi(config: ApiConfig, deps: ApiDeps): Promise<ApiServer> {
  const { metrics, clock, build, alarms, live = {} } = deps;
  const app = createApp(config, deps);
  const state = new LiveState(deps);
  const hub = new LiveHub({ state, alarms, metrics, clock, build, ...live });
  const sessions = new Sessions(clock, deps.sessionKeeper);
  const context: Context = { config, deps, state, hub, sessions, attempts: new Attempts(clock) };

  httpMetrics(app, metrics);
  securityHeaders(app, context);
  await app.register(cookie);
  authenticate(app, context);
  auditChanges(app, context);
  await openApi(app);
  for (const addRoutes of routeGroups) addRoutes(app, context);
  await app.register((scope) => pushRoutes(scope, context));
  await app.register((scope) => importRoute(scope, context));
  await webFiles(app, context);
  // Before the listener closes: it would wait for streams, which do not end by themselves.
  app.addHook('preClose', async () => {
    hub.close();
    state.stop();
    await sessions.stop();
  });

  return {
    app,
    start: async (port, host) => {
      await state.start();
      return app.listen({ port, host });
    },
    stop: async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), apiLimits.stopMsMax);
      await app.close();
      clearTimeout(cut);
    },
  };
}

function createApp({ trustProxy }: ApiConfig, { log }: ApiDeps): Api {
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // What fails is logged where it is answered; a line per request would drown it.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: apiLimits.jsonBodyBytesMax,
    // The server's own bound holds for uploads; `limitBodyTime` has a shorter one for all else.
    requestTimeout: apiLimits.importMsMax,
    // Addresses count for limits: a header counts only when a proxy of ours has sent it.
    trustProxy: trustProxy ? [...trustProxy] : false,
    routerOptions: { querystringParser: parseQuery },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>() as unknown as Api;
  limitBodyTime(app, apiLimits.requestMsMax);
  app.server.maxConnections = apiLimits.connectionsMax;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  return app;
}

/** Bounded, and `?kind=&q=` asks for nothing: forms send empty fields along. */
function parseQuery(text: string): Record<string, unknown> {
  const query = parse(text, '&', '=', { maxKeys: apiLimits.queryParametersMax });
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}
