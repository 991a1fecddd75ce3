/** Names found by their bytes, without a string being made: a hash without collisions, looked for when it is built. */
export class NameTable {
  readonly #bytes: readonly Uint8Array[];
  #factor = 31;
  #places = new Int16Array(0);

  constructor(names: readonly string[]) {
    this.#bytes = names.map((name) => Buffer.from(name, 'latin1'));
    // Room for each so often that a factor is found after some tries.
    const slots = 2 ** Math.ceil(Math.log2(8 * names.length));
    for (let factor = 31; factor < factorsEnd; factor += 2) {
      this.#factor = factor;
      this.#places = new Int16Array(slots).fill(-1);
      if (this.#fits()) return;
    }
    throw new Error(`no hash keeps ${names.join(', ')} apart`);
  }

  #fits(): boolean {
    return this.#bytes.every((name, place) => {
      let hash = 0;
      for (const byte of name) hash = this.hashed(hash, byte);
      const slot = this.#slot(hash);
      if (this.#places[slot] !== -1) return false;
      this.#places[slot] = place;
      return true;
    });
  }

  /** The hash of a name whose bytes up to here hash to `hash` (0 at the beginning). */
  hashed(hash: number, byte: number): number {
    return (Math.imul(hash, this.#factor) + byte) | 0;
  }

  /** Place of the name that stands at `from` up to `end`, its hash known; -1 when it is none of the names. */
  find(source: Uint8Array, from: number, end: number, hash: number): number {
    const place = this.#places[this.#slot(hash)] ?? -1;
    const name = this.#bytes[place];
    if (name === undefined || name.length !== end - from) return -1;
    for (let index = 0; index < name.length; index++)
      if (name[index] !== source[from + index]) return -1;
    return place;
  }

  #slot(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#places.length - 1);
  }
}

const factorsEnd = 100_000;
