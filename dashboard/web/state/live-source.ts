import type { AlarmFrame } from '../../../broker/contract/alarms.ts';
import type { HeartbeatFrame, HelloFrame, ValuesFrame } from '../../../broker/contract/live.ts';
import { backoffMs, lostAfterBeats } from './live-link.ts';

/** What comes out of the stream, in order; `failed` is the connection's own complaint. */
export type LiveEvent =
  | { name: 'hello'; frame: HelloFrame }
  | { name: 'snapshot' | 'delta'; frame: ValuesFrame }
  | { name: 'heartbeat'; frame: HeartbeatFrame }
  | { name: 'alarm'; frame: AlarmFrame }
  | { name: 'failed' };

export interface LiveSource {
  /** Opens a fresh connection: the answer begins with a snapshot. */
  restart(): void;
  stop(): void;
}

interface SourceDeps {
  url: string;
  onEvent: (event: LiveEvent) => void;
  random: () => number;
}

/**
 * Keeps one EventSource open. The browser resumes by itself after a network fault (Last-Event-ID); where
 * it gives up (an answer that is no stream) or goes silent, a fresh one is opened after a growing wait.
 */
export function createLiveSource({ url, onEvent, random }: SourceDeps): LiveSource {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let heartbeatMs = heartbeatGuessMs;
  let attempt = 0;

  function open(): void {
    close();
    source = new EventSource(url);
    for (const name of eventNames) {
      source.addEventListener(name, (message: MessageEvent<string>) => receive(name, message.data));
    }
    source.addEventListener('error', () => {
      onEvent({ name: 'failed' });
      if (source?.readyState === EventSource.CLOSED) reopenLater();
    });
    guard();
  }

  function receive(name: EventName, data: string): void {
    // The server's own format from the same origin: trusted as typed, and checked by the table's rules.
    const event = { name, frame: JSON.parse(data) } as Exclude<LiveEvent, { name: 'failed' }>;
    if (event.name === 'hello') heartbeatMs = event.frame.heartbeatMs;
    attempt = 0;
    guard();
    onEvent(event);
  }

  function guard(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      onEvent({ name: 'failed' });
      open();
    }, lostAfterBeats * heartbeatMs);
  }

  function reopenLater(): void {
    close();
    retry = setTimeout(open, backoffMs(attempt++, random));
  }

  function close(): void {
    clearTimeout(retry);
    clearTimeout(watchdog);
    source?.close();
    source = undefined;
  }

  open();
  return { restart: open, stop: close };
}

const eventNames = ['hello', 'snapshot', 'delta', 'heartbeat', 'alarm'] as const;
type EventName = (typeof eventNames)[number];

/** Until `hello` says what the server does. */
export const heartbeatGuessMs = 5_000;
