import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Who looks at what has arrived before the stream has it. */
export interface DirectReader {
  /**
   * Takes what it can, from the front. The bytes are only there during the call.
   *
   * @returns how many bytes it took; the stream gets the others
   */
  takeFront(bytes: Buffer): number;
}

/** The parts of a socket that are not in its types. */
interface Handle {
  useUserBuffer(buffer: Buffer): void;
}

type AnySocket = Socket & Record<symbol, unknown> & { _handle?: Handle | null };

/**
 * Lets a reader see what TCP brings before it becomes an object of the stream: with thousands of connections and a
 * message a read, the stream's buffer, its events and their garbage cost more than the message. Node offers this with
 * the option `onread`, but only to sockets that connect, not to those that a server accepts; this sets the same fields.
 *
 * @param bytesMax of one read
 * @returns puts a reader in front of a stream; does nothing where that is no plain TCP socket, or Node keeps these
 *   fields elsewhere: then all goes the stream's way
 */
export function createDirectRead(bytesMax: number): (stream: Duplex, reader: DirectReader) => void {
  // One for all: what is read is gone through before the next read.
  const buffer = Buffer.allocUnsafeSlow(bytesMax);
  const readerOf = new WeakMap<Socket, DirectReader>();

  function onRead(this: Socket, length: number): boolean {
    // What came before waits in the stream and has its turn first.
    const taken =
      this.readableLength > 0
        ? 0
        : (readerOf.get(this)?.takeFront(buffer.subarray(0, length)) ?? 0);
    return taken === length || this.push(Buffer.from(buffer.subarray(taken, length)));
  }

  const fields = readFields();
  return (stream, reader) => {
    const socket = stream as AnySocket;
    if (!fields || stream.constructor !== Socket || !socket._handle?.useUserBuffer) return;
    readerOf.set(socket, reader);
    socket[fields.buffer] = buffer;
    socket[fields.callback] = onRead;
    socket._handle.useUserBuffer(buffer);
  };
}

/** Where a socket keeps what its option `onread` says, seen at one that was given it. */
export function readFields(): { buffer: symbol; callback: symbol } | undefined {
  const buffer = Buffer.alloc(1);
  const callback = () => true;
  const probe = new Socket({ onread: { buffer, callback } } as object) as AnySocket;
  const symbols = Object.getOwnPropertySymbols(probe);
  const bufferField = symbols.find((field) => probe[field] === buffer);
  const callbackField = symbols.find((field) => probe[field] === callback);
  probe.destroy();
  return bufferField && callbackField && { buffer: bufferField, callback: callbackField };
}
