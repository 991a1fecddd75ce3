import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { limits } from '../broker/contract/limits.ts';

/** Files beside those of MQTT clients: readers of the page, clients that are told to go away, journal, store. */
const othersMax = limits.liveClientsMax + 1_500;

/**
 * How many MQTT clients may be let in: as configured, or as many as the process may open files for. Who would
 * let in more could not open the next file of the journal, and a bound that nobody reaches is better known at the start.
 */
export function clientsMaxOf(
  configured: number,
  log: Pick<Logger, 'warn'>,
  openFilesMax = readOpenFilesMax(),
): number {
  if (openFilesMax === undefined) return configured;
  // With few files in all, half of them are for clients.
  const reachable = Math.max(openFilesMax - othersMax, Math.floor(openFilesMax / 2));
  if (reachable >= configured) return configured;
  const needed = configured + othersMax;
  log.warn(
    { configured, reachable, openFilesMax, needed },
    `MQTT_CLIENTS_MAX is ${configured}, but this process may open ${openFilesMax} files only: ${reachable} MQTT clients are let in. ` +
      `Set the limit of open files to ${needed} (ulimit -n, systemd: LimitNOFILE, Compose: ulimits)`,
  );
  return reachable;
}

/** The soft limit of `/proc/self/limits`, which Node raises to the hard one when it starts; undefined for none. */
export function openFilesMaxIn(procLimits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(procLimits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}

/** Undefined also where the system has no such file. */
function readOpenFilesMax(): number | undefined {
  try {
    return openFilesMaxIn(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return undefined;
  }
}
