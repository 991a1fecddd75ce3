/** Places for streams: bounded in all and per address. */
export class Seats {
  readonly #max: { total: number; perAddress: number };
  readonly #byAddress = new Map<string, number>();
  #taken = 0;

  constructor(max: { total: number; perAddress: number }) {
    this.#max = max;
  }

  /** Takes a place; the returned function gives it back. Undefined: none is left. */
  take(address: string): (() => void) | undefined {
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (this.#taken >= this.#max.total || ofAddress >= this.#max.perAddress) return undefined;
    this.#taken += 1;
    this.#byAddress.set(address, ofAddress + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken -= 1;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
    };
  }

  get taken(): number {
    return this.#taken;
  }
}
