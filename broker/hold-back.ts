import type { Connection } from './connections.ts';

/**
 * How long a connection whose message was not kept stays open and silent: as long as nothing has been
 * kept for, between these bounds. Closed at once, a device would come back and send again at once, and
 * a full disk would turn a whole city into a storm of reconnects.
 */
const pauseMs = { min: 1_000, max: 30_000 };
/** Each pause is longer or shorter by up to this part, so that devices do not come back all together. */
const spread = 0.25;

/** Holds connections back, each of them once, before they are told. */
export interface HoldBack {
  /** Something was kept: the next pause is a short one. */
  kept(): void;
  /** `tell` is called after the pause, or when the connection closes, or at once after `release`. */
  begin(connection: Connection, tell: () => void): void;
  /** Whether the connection is held back; then `tell` is called after what waits for it already. */
  joins(connection: Connection, tell: () => void): boolean;
  /** Ends all pauses, and there are none any more. */
  release(): void;
}

/** @param pause other bounds than the usual ones, ms */
export function createHoldBack(pause: { min: number; max: number } = pauseMs): HoldBack {
  /** Bounded by the open connections. */
  const held = new Map<Connection, { waiting: (() => void)[]; end: () => void }>();
  let failingSince: number | undefined;
  let isReleased = false;

  function nextPauseMs(): number {
    const now = performance.now();
    failingSince ??= now;
    const ms = Math.min(Math.max(now - failingSince, pause.min), pause.max);
    return ms * (1 - spread + 2 * spread * Math.random());
  }

  return {
    kept() {
      failingSince = undefined;
    },
    begin(connection, tell) {
      if (isReleased || !connection.open) {
        tell();
        return;
      }
      const waiting = [tell];
      const { conn } = connection.client;
      const end = () => {
        if (!held.delete(connection)) return;
        clearTimeout(timer);
        conn.off('close', end);
        for (const told of waiting) told();
      };
      const timer = setTimeout(end, nextPauseMs());
      conn.once('close', end);
      held.set(connection, { waiting, end });
      // What it sends meanwhile is not looked at: it will send all of it again.
      connection.refused = true;
    },
    joins(connection, tell) {
      const pausing = held.get(connection);
      pausing?.waiting.push(tell);
      return pausing !== undefined;
    },
    release() {
      isReleased = true;
      for (const { end } of held.values()) end();
    },
  };
}
