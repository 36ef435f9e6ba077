import { must } from "../../base/errors.ts";
import { NO_HASH } from "./batch.ts";
import { HASHES_KEPT } from "./limits.ts";

/** How far a half-log goes, with the hashes of its newest batches. */
export class Trail {
  #count: number;
  /** The newest last; that of `#count` is always there. */
  readonly #hashes: Uint8Array[];

  constructor(count = 0, head: Uint8Array = NO_HASH) {
    this.#count = count;
    this.#hashes = [head];
  }

  get count(): number {
    return this.#count;
  }

  get head(): Uint8Array {
    return must(this.#hashes.at(-1), "the newest hash is kept");
  }

  /** The hash of a batch; undefined where it is too old, or not there yet. */
  at(number: number): Uint8Array | undefined {
    if (number > this.#count || number < 0) return undefined;
    return this.#hashes[this.#hashes.length - 1 - (this.#count - number)];
  }

  push(hash: Uint8Array): void {
    this.#count++;
    this.#hashes.push(hash);
    if (this.#hashes.length > 2 * HASHES_KEPT) this.#hashes.splice(0, HASHES_KEPT);
  }
}
