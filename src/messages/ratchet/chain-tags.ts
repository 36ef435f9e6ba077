import type { CryptoSuite } from "../../crypto/index.ts";

/** Tags that one HMAC yields. */
export const TAGS_PER_BLOCK = 8;
/** Blocks that are remembered: more than a window has. */
const BLOCKS_MAX = 64;

/**
 * The tags of a chain: tag i is the i-th 32-bit number of HMAC-SHA-256(key, block) over the
 * blocks 0, 1, 2 … Without the key no tag says anything about another one.
 */
export class ChainTags {
  readonly key: Uint8Array;
  readonly #suite: CryptoSuite;
  readonly #blocks: Map<number, Uint32Array> = new Map();

  constructor(suite: CryptoSuite, key: Uint8Array) {
    this.#suite = suite;
    this.key = key;
  }

  /** The tag at a place, 0 … 2^32-1. */
  at(place: number): number {
    return this.block(Math.floor(place / TAGS_PER_BLOCK))[place % TAGS_PER_BLOCK] ?? 0;
  }

  /** The tags at places 8 n … 8 n + 7; not to be written into. */
  block(number: number): Uint32Array {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const input = Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
    const output = this.#suite.hmacSha256(this.key, input);
    const view = new DataView(output.buffer, output.byteOffset, output.length);
    const made = new Uint32Array(TAGS_PER_BLOCK);
    for (let i = 0; i < TAGS_PER_BLOCK; i++) made[i] = view.getUint32(4 * i);
    if (this.#blocks.size >= BLOCKS_MAX) this.#forgetOldest();
    this.#blocks.set(number, made);
    return made;
  }

  /** The place of a tag among `from` … `end` - 1, or -1. */
  find(tag: number, from: number, end: number): number {
    for (let place = from; place < end; place++) if (this.at(place) === tag) return place;
    return -1;
  }

  #forgetOldest(): void {
    for (const number of this.#blocks.keys()) {
      this.#blocks.delete(number);
      return;
    }
  }
}
