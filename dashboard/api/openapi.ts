import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifySchema } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AirIndex, Comparison, YearStatistics } from '../../broker/contract/air.ts';
import { AlarmRule, KeptAlarmRule, RuleTest } from '../../broker/contract/alarm-rules.ts';
import {
  Alarm,
  AlarmFrame,
  AlarmLoad,
  AlarmTransition,
  Maintenance,
} from '../../broker/contract/alarms.ts';
import {
  DeviceView,
  Problem,
  PushResult,
  Series,
  Session,
  Site,
} from '../../broker/contract/api.ts';
import { AuditEntry } from '../../broker/contract/audit.ts';
import { Command } from '../../broker/contract/commands.ts';
import { DeviceDiagnostics } from '../../broker/contract/diagnostics.ts';
import { HeartbeatFrame, HelloFrame, ValuesFrame } from '../../broker/contract/live.ts';
import { NotificationView } from '../../broker/contract/notifications.ts';
import { NativePayload } from '../../broker/contract/reading.ts';
import { RejectedMessage, Rejection } from '../../broker/contract/rejection.ts';
import type { Api } from './context.ts';

export const tags = {
  devices: 'devices',
  readings: 'readings',
  air: 'air',
  lighting: 'lighting',
  waste: 'waste',
  openData: 'open data',
  alarms: 'alarms',
  push: 'push',
  commands: 'commands',
  accounts: 'accounts',
  system: 'system',
} as const;

/**
 * Serialises an answer without looking at each of its values: for answers of many thousand numbers
 * that are made here, and whose form tests compare with the schema.
 */
export const whole = (): ((body: unknown) => string) => JSON.stringify;

/** Shapes that the document names, so that clients can be generated from it. */
const schemaRegistry = z.registry<{ id: string }>();
const named = {
  AirIndex,
  Alarm,
  AlarmFrame,
  AlarmLoad,
  AlarmRule,
  AlarmTransition,
  KeptAlarmRule,
  Maintenance,
  NotificationView,
  RuleTest,
  Comparison,
  YearStatistics,
  AuditEntry,
  DeviceDiagnostics,
  Command,
  DeviceView,
  HeartbeatFrame,
  HelloFrame,
  NativePayload,
  Problem,
  PushResult,
  RejectedMessage,
  Rejection,
  Series,
  Session,
  Site,
  ValuesFrame,
};
for (const [id, schema] of Object.entries(named)) schemaRegistry.add(schema, { id });

const toJsonSchema = createJsonSchemaTransform({ schemaRegistry });

/** The API's own description: `/api/v1/openapi.json`, and to read at `/api/docs`. */
export async function openApi(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sensorplatz',
        version: '1',
        description:
          'Open city telemetry. Instants are epoch milliseconds UTC; errors are problem documents ' +
          'with a stable `code`. Without a token the API shows what is public.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: Object.values(tags).map((name) => ({ name })),
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'sensorplatz_session' },
          device: { type: 'http', scheme: 'basic', description: 'pushes only: user as over MQTT' },
        },
      },
      security: [{}, { token: [] }, { session: [] }],
    },
    transform: (route) => withProblems(toJsonSchema(route)),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // Otherwise the page asks a third party to judge the document.
    uiConfig: { validatorUrl: null, deepLinking: true, layout: 'BaseLayout' },
    theme: { title: 'Sensorplatz API' },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/openapi.json',
    schema: {
      operationId: 'openApi',
      tags: [tags.system],
      summary: 'This document',
      response: {
        200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: z.any() } } },
      },
    },
    serializerCompiler: whole,
    handler: async (_request, reply) => reply.type('application/json').send(app.swagger()),
  });
}

/** Every route may answer with a problem; said once here. */
function withProblems<T extends { schema: FastifySchema }>(route: T): T {
  const { schema } = route;
  if (!schema || (schema as { hide?: boolean }).hide) return route;
  const response = {
    ...(schema.response as object | undefined),
    default: {
      description: 'A problem document (RFC 9457)',
      content: {
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    },
  };
  return { ...route, schema: { ...schema, response } };
}
