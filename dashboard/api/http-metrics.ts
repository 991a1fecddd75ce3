import { Histogram, type Registry as MetricsRegistry } from 'prom-client';
import type { Api } from './context.ts';
import { routeOf } from './errors.ts';

/** Counts requests and measures how long they took; by route template, so the labels are bounded. */
export function httpMetrics(app: Api, metrics: MetricsRegistry): void {
  const durations = new Histogram({
    name: 'http_request_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [metrics],
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const labels = { method, route: routeOf(request), status: String(reply.statusCode) };
    durations.observe(labels, reply.elapsedTime / 1000);
  });
}
