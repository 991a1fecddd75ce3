import { keys } from './records.ts';
import type { StateFile } from './state-file.ts';

/** Number of the persistent session; a client without one has ids that need not outlive the process. */
type SessionNo = number | undefined;

/**
 * QoS 2, exactly once up to here: packet ids that wait for their PUBREL. A client that sends a message
 * again under such an id is answered, and the message goes no further.
 */
export class IncomingIds {
  /** Per client its ids, and whether the message of that id has been published. */
  readonly #byClient = new Map<string, Map<number, boolean>>();
  readonly #perClientMax: number;
  #file: StateFile;

  constructor(perClientMax: number, file: StateFile) {
    this.#perClientMax = perClientMax;
    this.#file = file;
  }

  /** Takes over what an earlier process left; those of sessions that are gone are removed. */
  load(
    ids: readonly { clientId: string | undefined; no: number; messageId: number }[],
    file: StateFile,
  ): void {
    this.#file = file;
    for (const { clientId, no, messageId } of ids) {
      if (clientId === undefined) file.remove(keys.incoming(no, messageId));
      else this.#of(clientId).set(messageId, true);
    }
  }

  /** `known`: the message came before; `full`: too many ids wait already. */
  begin(clientId: string, no: SessionNo, messageId: number): 'new' | 'known' | 'full' {
    const ids = this.#of(clientId);
    if (ids.has(messageId)) return 'known';
    if (ids.size >= this.#perClientMax) return 'full';
    ids.set(messageId, false);
    if (no !== undefined) this.#file.put(keys.incoming(no, messageId), Buffer.from([1]));
    return 'new';
  }

  published(clientId: string, messageId: number): void {
    const ids = this.#byClient.get(clientId);
    if (ids?.has(messageId)) ids.set(messageId, true);
  }

  isPublished(clientId: string, messageId: number): boolean {
    return this.#byClient.get(clientId)?.get(messageId) === true;
  }

  /** True when there was such an id. */
  end(clientId: string, no: SessionNo, messageId: number): boolean {
    const ids = this.#byClient.get(clientId);
    if (!ids?.delete(messageId)) return false;
    if (ids.size === 0) this.#byClient.delete(clientId);
    if (no !== undefined) this.#file.remove(keys.incoming(no, messageId));
    return true;
  }

  forget(clientId: string, no: SessionNo): void {
    const ids = this.#byClient.get(clientId);
    this.#byClient.delete(clientId);
    if (no === undefined) return;
    for (const messageId of ids?.keys() ?? []) this.#file.remove(keys.incoming(no, messageId));
  }

  #of(clientId: string): Map<number, boolean> {
    const known = this.#byClient.get(clientId);
    if (known) return known;
    const ids = new Map<number, boolean>();
    this.#byClient.set(clientId, ids);
    return ids;
  }
}
