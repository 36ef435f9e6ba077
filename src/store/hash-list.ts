import { HASH_BYTES } from "./merkle.ts";

/** Hashes of 32 bytes, packed one after another, growing at the end. */
export class HashList {
  #bytes = new Uint8Array(4 * HASH_BYTES);
  #length = 0;

  /**
   * Adds a hash.
   * @param from where it begins in `bytes`
   */
  push(bytes: Uint8Array, from = 0): void {
    if (this.#length + HASH_BYTES > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const to = this.#length;
    // Byte by byte: a view to copy from would take longer.
    for (let i = 0; i < HASH_BYTES; i++) this.#bytes[to + i] = bytes[from + i] ?? 0;
    this.#length = to + HASH_BYTES;
  }

  /** All hashes so far, as a view. */
  packed(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
