import { readOn } from './aedes-internals.ts';
import type { Connection } from './connections.ts';

interface Doorkeeper {
  /** Whether more may be handed on now; if not, somebody reads on later. */
  mayRead(): boolean;
}

/** As of a socket's stream; Aedes reads with null, the stream itself with a size or none. */
type Read = (size?: number | null) => Buffer | null;

/**
 * Makes a connection's stream give what has arrived in pieces, one per turn of the event loop, so that one
 * that sends much at once does not hold up the others; and nothing while nothing may be read.
 */
export class PieceReader {
  readonly #connection: Connection;
  readonly #doorkeeper: Doorkeeper;
  readonly #bytesMax: number;
  readonly #read: Read;
  readonly #parse: (chunk: Buffer) => number;
  #isScheduled = false;
  #isParsing = false;

  constructor(connection: Connection, doorkeeper: Doorkeeper, bytesMax: number) {
    const { conn, _parser: parser } = connection.client;
    this.#connection = connection;
    this.#doorkeeper = doorkeeper;
    this.#bytesMax = bytesMax;
    this.#read = conn.read as Read;
    this.#parse = parser.parse;
    conn.read = (size?: number | null) => this.#readPiece(size);
  }

  /** Gives the parser a piece. @returns bytes of a packet whose end has not come */
  feed(chunk: Buffer): number {
    this.#isParsing = true;
    try {
      return this.#parse.call(this.#connection.client._parser, chunk);
    } finally {
      this.#isParsing = false;
    }
  }

  #readPiece(size?: number | null): Buffer | null {
    const { conn } = this.#connection.client;
    // Only Aedes reads with null; the stream's own calls must go through.
    if (size !== null) return this.#read.call(conn, size);
    if (!this.#doorkeeper.mayRead()) return null;
    if (conn.readableLength === 0) return this.#read.call(conn);
    if (this.#isParsing) {
      // Aedes does so when a packet is done with at once; the parser cannot be fed while it works.
      this.#readLater();
      return null;
    }
    const bytesMax = this.#bytesMax;
    if (conn.readableLength <= bytesMax) return this.#read.call(conn);
    // Nobody tells of the rest when no packet ends within the piece.
    this.#readLater();
    return this.#read.call(conn, bytesMax);
  }

  #readLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#connection.open) readOn(this.#connection);
    });
  }
}
