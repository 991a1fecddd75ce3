import type { ServerResponse } from 'node:http';
import { apiLimits } from '../limits.ts';

/**
 * One reader of the stream. Frames are shared buffers; a large one goes out in slices, as fast as the
 * reader takes them, so that little waits in its socket however large a snapshot is.
 */
export class LiveClient {
  /** The state that the reader has. */
  seq: number;
  /** The alarms that the reader knows; undefined until it was told where they begin. */
  alarms: { seq: number; flood: boolean } | undefined;
  /** Ticks since something was last sent. */
  idleTicks = 0;
  /** Ticks for which the socket has not drained. */
  stalledTicks = 0;
  readonly #response: ServerResponse;
  #frame: Buffer | undefined;
  #offset = 0;
  #isBlocked = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.seq = 0;
    response.on('drain', () => {
      this.#isBlocked = false;
      this.stalledTicks = 0;
      this.#pump();
    });
  }

  /** Time is counted in ticks: a wall clock that is set back must not stop a stream. */
  tick(): void {
    this.idleTicks += 1;
    if (this.#isBlocked) this.stalledTicks += 1;
  }

  /** Whether a frame may be sent now, or must be skipped and merged into a later one. */
  get isReady(): boolean {
    return (
      this.#frame === undefined && this.#response.writableLength <= apiLimits.liveBufferedBytesMax
    );
  }

  /** Bytes that wait for the reader in this process. */
  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends a frame; only when {@link isReady}. */
  send(frame: Buffer): void {
    this.#frame = frame;
    this.#offset = 0;
    this.idleTicks = 0;
    this.#pump();
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  #pump(): void {
    const { liveBufferedBytesMax, liveSliceBytes } = apiLimits;
    while (this.#frame && this.#response.writableLength <= liveBufferedBytesMax) {
      const slice = this.#frame.subarray(this.#offset, this.#offset + liveSliceBytes);
      this.#offset += slice.length;
      if (this.#offset >= this.#frame.length) this.#frame = undefined;
      if (!this.#response.write(slice)) this.#isBlocked = true;
    }
  }
}
