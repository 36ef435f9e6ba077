import { HASH_BYTES } from "./merkle.ts";

/** Hashes of 32 bytes, packed one after another, growing at the end. */
export class HashList {
  #bytes = new Uint8Array(4 * HASH_BYTES);
  #length = 0;

  push(hash: Uint8Array): void {
    if (this.#length + HASH_BYTES > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(hash, this.#length);
    this.#length += HASH_BYTES;
  }

  /** All hashes so far, as a view. */
  packed(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
