import type { Logger } from 'pino';
import { Counter, type Registry as MetricsRegistry } from 'prom-client';
import { type RefusalReason, refusalReasons } from './contract/rejection.ts';
import type { Attempt, KeptTrail } from './refusal-trail.ts';

/** One warning per (reason, account) in this time; the counter has them all. */
const logEveryMs = 10_000;
/** Pairs remembered for that; at the bound all are forgotten, which costs a few more log lines. */
const pairsMax = 2_000;

/** Counts what was turned away at the door, and says so now and then. */
export interface Refusals {
  /**
   * `account` is the text of `accountKey`, or `unknown` before sign-in; with `attempt`, makers can read of it too.
   */
  count(reason: RefusalReason, account: string, attempt?: Attempt): void;
}

export function createRefusals(deps: {
  metrics: MetricsRegistry;
  log: Logger;
  clock: () => number;
  trail: Pick<KeptTrail, 'note'>;
}): Refusals {
  const counter = new Counter({
    name: 'mqtt_refused_total',
    help: 'Connections, publishes, subscribes and deliveries that the broker turned away',
    labelNames: ['reason'],
    registers: [deps.metrics],
  });
  for (const reason of refusalReasons) counter.inc({ reason }, 0);
  const loggedAt = new Map<string, number>();

  function isDue(pair: string): boolean {
    const now = deps.clock();
    const last = loggedAt.get(pair);
    if (last !== undefined && now - last < logEveryMs) return false;
    if (loggedAt.size >= pairsMax) loggedAt.clear();
    loggedAt.set(pair, now);
    return true;
  }

  return {
    count(reason, account, attempt) {
      counter.inc({ reason });
      if (attempt) deps.trail.note(reason, attempt);
      if (isDue(`${reason} ${account}`)) deps.log.warn({ reason, account }, 'refused');
    },
  };
}
