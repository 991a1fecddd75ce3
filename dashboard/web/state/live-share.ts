import type { HelloFrame, ValuesFrame } from '../../../broker/contract/live.ts';
import { createLiveSource, type LiveEvent, type LiveSource } from './live-source.ts';

/** What the tabs of one browser say to each other. */
type TabMessage =
  | { kind: 'event'; event: LiveEvent }
  | { kind: 'join'; tab: string }
  | { kind: 'welcome'; tab: string; hello: HelloFrame; snapshot: ValuesFrame }
  | { kind: 'restart' };

export interface LiveShare {
  /** Starts over with a fresh snapshot, in all tabs: after signing in or out, or when out of step. */
  restart(): void;
  stop(): void;
}

interface ShareDeps {
  url: string;
  onEvent: (event: LiveEvent) => void;
  /** All that this tab knows, to welcome another one; undefined before the first snapshot. */
  snapshot: () => ValuesFrame | undefined;
  random: () => number;
  onRole: (role: 'leader' | 'follower' | 'alone') => void;
}

/**
 * One stream per browser: HTTP/1.1 allows six connections to a server, so that a seventh tab with a
 * stream of its own could not even load. The tab that holds the lock listens and passes events on; when
 * it closes, the next one gets the lock. Without locks (plain http beyond localhost) a tab has its
 * own stream for as long as it is visible.
 */
export function createLiveShare(deps: ShareDeps): LiveShare {
  const shared = 'locks' in navigator && 'BroadcastChannel' in globalThis;
  return shared ? shareAmongTabs(deps) : streamWhileVisible(deps);
}

function shareAmongTabs(deps: ShareDeps): LiveShare {
  const channel = new BroadcastChannel('sensorplatz-live');
  const tab = crypto.randomUUID();
  const stopped = new AbortController();
  let source: LiveSource | undefined;
  let hello: HelloFrame | undefined;
  const say = (message: TabMessage): void => channel.postMessage(message);

  function lead(event: LiveEvent): void {
    if (event.name === 'hello') hello = event.frame;
    deps.onEvent(event);
    say({ kind: 'event', event });
  }

  function welcome(other: string): void {
    const snapshot = deps.snapshot();
    if (hello && snapshot) say({ kind: 'welcome', tab: other, hello, snapshot });
  }

  channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (source) {
      if (data.kind === 'join') welcome(data.tab);
      if (data.kind === 'restart') source.restart();
      return;
    }
    if (data.kind === 'event') deps.onEvent(data.event);
    if (data.kind === 'welcome' && data.tab === tab) {
      deps.onEvent({ name: 'hello', frame: data.hello });
      deps.onEvent({ name: 'snapshot', frame: data.snapshot });
    }
  });

  const untilStopped = new Promise<void>((resolve) => {
    stopped.signal.addEventListener('abort', () => resolve());
  });
  navigator.locks
    .request('sensorplatz-live', { signal: stopped.signal }, async () => {
      deps.onRole('leader');
      source = createLiveSource({ url: deps.url, onEvent: lead, random: deps.random });
      await untilStopped;
      source.stop();
    })
    // Aborted while waiting: this tab was closed before it ever led.
    .catch(() => undefined);
  deps.onRole('follower');
  say({ kind: 'join', tab });

  return {
    restart: () => (source ? source.restart() : say({ kind: 'restart' })),
    stop: () => {
      stopped.abort();
      channel.close();
    },
  };
}

function streamWhileVisible(deps: ShareDeps): LiveShare {
  let source: LiveSource | undefined;
  function follow(): void {
    if (document.visibilityState === 'visible') {
      source ??= createLiveSource(deps);
    } else {
      source?.stop();
      source = undefined;
    }
  }
  document.addEventListener('visibilitychange', follow);
  deps.onRole('alone');
  follow();
  return {
    restart: () => source?.restart(),
    stop: () => {
      document.removeEventListener('visibilitychange', follow);
      source?.stop();
      source = undefined;
    },
  };
}
