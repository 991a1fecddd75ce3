import type { Client } from 'aedes';

/**
 * The parts of Aedes 1.2 that are not in its types and that the broker leans on. Few, in one place,
 * and each one used by a test that fails when a new version of Aedes moves it.
 */
export interface AedesClient extends Client {
  /** The packet parser; `packet.length` is what the packet that is being received has announced. */
  readonly _parser: PacketParser;
  /** Reads and parses what the socket has, unless packets of the last read are still being handled. */
  readonly _nextBatch: () => void;
}

export interface PacketParser {
  parse(chunk: Buffer): number;
  readonly packet: { length: number };
  listeners(event: 'packet'): unknown[];
  removeAllListeners(event: 'packet'): this;
  on(event: 'packet', listener: (packet: unknown) => void): this;
  prependListener(event: 'error', listener: (error: Error) => void): this;
}

/** Aedes makes its clients itself; this is where the untyped parts are vouched for. */
export function internalsOf(client: Client): AedesClient {
  return client as AedesClient;
}
