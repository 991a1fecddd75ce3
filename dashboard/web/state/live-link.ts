/** How far what is shown can be trusted to be now. */
export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'delayed' }
  /** `since`: when the last frame came, local clock, epoch ms. */
  | { kind: 'lost'; since: number };

export interface LinkFacts {
  /** Arrival of the last frame or heartbeat, local clock; undefined before the first. */
  lastFrameAt: number | undefined;
  startedAt: number;
  heartbeatMs: number;
  /** The connection reported a fault since the last frame. */
  failed: boolean;
}

/**
 * Judges the link by the frames and heartbeats that came, never by an open socket: a proxy can hold a
 * dead one open for hours. A fault that the socket does report counts at once, as a delay.
 */
export function linkState(facts: LinkFacts, now: number): LinkState {
  const { lastFrameAt, startedAt, heartbeatMs, failed } = facts;
  if (lastFrameAt === undefined) {
    return now - startedAt > lostAfterBeats * heartbeatMs
      ? { kind: 'lost', since: startedAt }
      : { kind: 'connecting' };
  }
  const silentMs = now - lastFrameAt;
  if (silentMs > lostAfterBeats * heartbeatMs || (failed && silentMs > heartbeatMs)) {
    return { kind: 'lost', since: lastFrameAt };
  }
  return failed || silentMs > delayedAfterBeats * heartbeatMs
    ? { kind: 'delayed' }
    : { kind: 'live' };
}

const delayedAfterBeats = 1.5;
/** Heartbeats that may be missing before the link is called lost and opened anew. */
export const lostAfterBeats = 3;

/** Wait before the next attempt: 1 s doubling to 30 s, spread by half so that a city does not come at once. */
export function backoffMs(attempt: number, random: () => number): number {
  const fullMs = Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 10));
  return fullMs / 2 + (random() * fullMs) / 2;
}
