import { frameHeaderBytes, type Payload, writeFrame } from './frame.ts';

/** Called once per record, in the order of the appends: with its position, or why it was not kept. */
export type Appended = (error: Error | undefined, position: number) => void;

const firstBytes = 64 * 1024;

/**
 * Records that will be written and synced together. They are laid out as on disk as they come, so that
 * a record costs no object of its own while it waits.
 */
export class Group {
  /** Position of its first record. */
  readonly start: number;
  #buffer: Buffer;
  #bytes = 0;
  readonly #ends: number[] = [];
  readonly #waiting: Appended[] = [];

  /** @param buffer room of a former group, to be used again */
  constructor(start: number, buffer?: Buffer) {
    this.start = start;
    this.#buffer = buffer ?? Buffer.allocUnsafeSlow(firstBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** The room, for the next group; only when nothing is done with this one any more. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  add(payload: Payload, payloadBytes: number, appended: Appended): void {
    this.#makeRoom(this.#bytes + frameHeaderBytes + payloadBytes);
    this.#bytes = writeFrame(this.#buffer, this.#bytes, payload, this.start + this.#bytes);
    this.#ends.push(this.#bytes);
    this.#waiting.push(appended);
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#buffer = larger;
  }

  /** Tells each of those who wait, in their order. What one of them throws is handed to `onThrow`. */
  settle(error: Error | undefined, onThrow: (thrown: unknown) => void): void {
    let position = this.start;
    let index = 0;
    for (const appended of this.#waiting) {
      try {
        appended(error, error ? -1 : position);
      } catch (thrown) {
        onThrow(thrown);
      }
      position = this.start + (this.#ends[index++] ?? 0);
    }
  }
}
