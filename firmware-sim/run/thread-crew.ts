import { Worker } from 'node:worker_threads';
import type { PlannedDevice } from '../fleet.ts';
import { LinkRefused } from '../link.ts';
import { Accounts } from './accounts.ts';
import type { Crew, CrewConfig, CrewState } from './crew.ts';
import { createCrew } from './crew.ts';
import type { DeviceResult } from './ledger.ts';
import type { News, Order, ThreadData } from './thread-messages.ts';

/**
 * Shares a fleet out to threads, connection by connection in turn. Each device does the same in any of them; with one
 * there is no thread but this one.
 */
export function createCrews(
  groups: readonly PlannedDevice[][],
  config: CrewConfig,
  { workers, clock }: { workers: number; clock: () => number },
): Crew[] {
  if (workers === 1) return [createCrew(groups, config, clock)];
  return Array.from({ length: workers }, (_, turn) =>
    createThreadCrew({ config, groups: groups.filter((_, index) => index % workers === turn) }),
  );
}

function createThreadCrew(workerData: ThreadData): Crew {
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), { workerData, execArgv: [] });
  const connected = deferred<void>();
  const finished = deferred<void>();
  const stopped = deferred<DeviceResult[]>();
  let state: CrewState | undefined;
  let acknowledged: number[] = [];
  const take = (next: CrewState) => {
    state = next;
    acknowledged = acknowledged.concat(next.acknowledged);
  };
  const tell = (order: Order) => worker.postMessage(order);
  const fail = (error: Error) => {
    for (const each of [connected, finished, stopped]) each.reject(error);
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('a thread of the simulator ended')));
  worker.on('message', (news: News) => {
    if (news.news === 'connected') connected.resolve();
    else if (news.news === 'failed') connected.reject(new LinkRefused(news.why));
    else if (news.news === 'finished') finished.resolve();
    else take(news.state);
    if (news.news === 'stopped') {
      finished.resolve();
      stopped.resolve(news.results);
    }
  });
  return {
    connect: () => connected.promise,
    finished: finished.promise,
    run: (start) => tell({ order: 'run', start }),
    state: () => {
      const told = { ...(state ?? silent(workerData)), acknowledged };
      acknowledged = [];
      return told;
    },
    stop: () => {
      tell({ order: 'stop' });
      return stopped.promise;
    },
  };
}

/** A thread that has not said anything yet. */
function silent({ groups }: ThreadData): CrewState {
  const nothing = {
    at: undefined,
    connected: 0,
    off: 0,
    inFlight: 0,
    busyShare: 0,
    acknowledged: [],
  };
  return { ...nothing, connections: groups.length, accounts: new Accounts().data() };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever waits for it hears of it; nobody has to.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
