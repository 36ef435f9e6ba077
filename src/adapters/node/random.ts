import { randomFillSync } from "node:crypto";
import type { Random } from "../../ports/index.ts";
import { RANDOM_BUFFER_BYTES } from "./limits.ts";

/**
 * Randomness from the operating system, fetched a page at a time because one call per nonce costs
 * more than the nonce. Forks share the source: it cannot be predicted, so streams need no parting.
 */
class NodeRandom implements Random {
  readonly #buffer = Buffer.alloc(RANDOM_BUFFER_BYTES);
  #at = RANDOM_BUFFER_BYTES;

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (length > RANDOM_BUFFER_BYTES / 4) return randomFillSync(bytes);
    const from = this.#take(length);
    bytes.set(this.#buffer.subarray(from, from + length));
    // What was handed out may become a key: it must not linger here.
    this.#buffer.fill(0, from, from + length);
    return bytes;
  }

  u32(): number {
    const from = this.#take(4);
    const value = this.#buffer.readUInt32LE(from);
    // Byte by byte: a call of `fill` takes longer than all the rest.
    for (let at = from; at < from + 4; at++) this.#buffer[at] = 0;
    return value;
  }

  fork(): Random {
    return this;
  }

  #take(length: number): number {
    if (this.#at + length > RANDOM_BUFFER_BYTES) {
      randomFillSync(this.#buffer);
      this.#at = 0;
    }
    const from = this.#at;
    this.#at += length;
    return from;
  }
}

/** A cryptographically secure source for production. */
export function createNodeRandom(): Random {
  return new NodeRandom();
}
