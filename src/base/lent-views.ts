const ENTRIES = 64;

/**
 * Views of memory that is written again and again: who asks for the same piece of the same array gets the same view, which costs
 * the platform more to make than most packets take to be passed on. Remembers the last 64 that do not meet by chance, and keeps their
 * arrays alive: only for arrays that are there for good.
 */
export class LentViews {
  readonly #parents: (Uint8Array | undefined)[] = [];
  readonly #views: (Uint8Array | undefined)[] = [];

  /** What `bytes.subarray(from, to)` answers, for whole numbers within the array. */
  of(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const length = to - from;
    const entry = ((bytes.byteOffset >>> 6) + 5 * from + length) & (ENTRIES - 1);
    const known = this.#views[entry];
    if (
      known !== undefined &&
      this.#parents[entry] === bytes &&
      known.length === length &&
      known.byteOffset - bytes.byteOffset === from
    ) {
      return known;
    }
    const view = bytes.subarray(from, to);
    // In order at first, so that the arrays stay dense.
    while (this.#views.length < ENTRIES) {
      this.#views.push(undefined);
      this.#parents.push(undefined);
    }
    this.#parents[entry] = bytes;
    this.#views[entry] = view;
    return view;
  }
}
