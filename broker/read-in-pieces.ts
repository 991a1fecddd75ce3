import { readOn } from './aedes-internals.ts';
import type { Connection } from './connections.ts';

/**
 * Makes a connection's stream give what has arrived in pieces, one per turn of the event loop, so that one
 * that sends much at once does not hold up the others. Before other wrappers of `read` and `parse`.
 */
export function readInPieces(connection: Connection, bytesMax: number): void {
  const { conn, _parser: parser } = connection.client;
  const read = conn.read.bind(conn);
  const parse = parser.parse.bind(parser);
  let isScheduled = false;
  let isParsing = false;

  function readLater(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      if (connection.open) readOn(connection);
    });
  }

  conn.read = (size) => {
    // Aedes asks for all there is; the stream's own calls name a size.
    if (size !== undefined || conn.readableLength === 0) return read(size);
    if (isParsing) {
      // Aedes does so when a packet is done with at once; the parser cannot be fed while it works.
      readLater();
      return null;
    }
    if (conn.readableLength <= bytesMax) return read();
    // Nobody tells of the rest when no packet ends within the piece.
    readLater();
    return read(bytesMax);
  };

  parser.parse = (chunk) => {
    isParsing = true;
    try {
      return parse(chunk);
    } finally {
      isParsing = false;
    }
  };
}
