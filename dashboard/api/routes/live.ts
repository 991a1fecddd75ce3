import { z } from 'zod';
import { audienceOf } from '../access.ts';
import { readers } from '../authenticate.ts';
import type { Api, Context } from '../context.ts';
import { ApiError } from '../errors.ts';
import { tags } from '../openapi.ts';
import { headersOf } from '../security-headers.ts';

/** `GET /api/v1/live`: server-sent events of what the caller may see. */
export function liveRoute(app: Api, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/live',
    // A HEAD would join the stream.
    exposeHeadRoute: false,
    schema: {
      operationId: 'live',
      tags: [tags.readings],
      summary: 'Server-sent events: hello, snapshot, delta, alarm, heartbeat',
      description:
        'Data of the events: HelloFrame, ValuesFrame (snapshot and delta), HeartbeatFrame; AlarmFrame for those ' +
        'who may see alarms. Send `Last-Event-ID` to resume.',
      response: {
        200: {
          description: 'A stream that does not end',
          content: { 'text/event-stream': { schema: z.string() } },
        },
      },
    },
    onRequest: readers(context),
    handler: async (request, reply) => {
      const { caller } = request;
      const release = context.hub.admit(request.ip);
      if (!release) throw new ApiError('overloaded', 'no place left for a further live stream');
      const response = reply.raw;
      reply.hijack();
      if (response.destroyed) return release();
      response.writeHead(200, {
        ...headersOf(reply),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        // The stream ends with its connection: a client that reused it would meet a closed socket.
        connection: 'close',
      });
      const reader = {
        response,
        audience: audienceOf(caller, context.config.publicRead),
        lastEventId: request.headers['last-event-id']?.toString(),
        stillValid: caller.stillValid,
      };
      context.hub.join(reader, release);
    },
  });
}
