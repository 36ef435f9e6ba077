import { assert, must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";

/** Bytes of one hash. */
export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The hash of one leaf entry (RFC 9162 section 2.1.1). */
export function leafHash(suite: CryptoSuite, entry: Uint8Array): Uint8Array {
  return suite.sha256(LEAF, entry);
}

/**
 * The Merkle tree hash over leaf hashes (RFC 9162 section 2.1.1).
 * @param leaves one or more hashes of 32 bytes, one after another
 */
export function treeRoot(suite: CryptoSuite, leaves: Uint8Array): Uint8Array {
  assert(leaves.length > 0 && leaves.length % HASH_BYTES === 0, "a tree has whole leaf hashes");
  const level = leaves.slice();
  let count = level.length / HASH_BYTES;
  while (count > 1) {
    const pairs = count >> 1;
    for (let i = 0; i < pairs; i++) {
      const pair = level.subarray(2 * i * HASH_BYTES, (2 * i + 2) * HASH_BYTES);
      level.set(suite.sha256(NODE, pair), i * HASH_BYTES);
    }
    // A node without a neighbour moves up as it is, which yields the tree of the RFC.
    if (count % 2 === 1) level.copyWithin(pairs * HASH_BYTES, (count - 1) * HASH_BYTES);
    count = pairs + (count % 2);
  }
  return level.slice(0, HASH_BYTES);
}

/** The same tree's hash over leaves that come one by one and are not kept. */
export class RunningRoot {
  readonly #suite: CryptoSuite;
  /** The roots of whole subtrees of 2^i leaves, the rightmost ones lowest. */
  readonly #subtrees: (Uint8Array | undefined)[] = [];

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  push(leaf: Uint8Array): void {
    let node = leaf;
    let height = 0;
    for (let left = this.#subtrees[0]; left !== undefined; left = this.#subtrees[height]) {
      node = this.#suite.sha256(NODE, left, node);
      this.#subtrees[height] = undefined;
      height++;
    }
    this.#subtrees[height] = node;
  }

  /** The hash over all leaves so far, at least one. */
  root(): Uint8Array {
    let right: Uint8Array | undefined;
    for (const left of this.#subtrees) {
      if (left === undefined) continue;
      right = right === undefined ? left : this.#suite.sha256(NODE, left, right);
    }
    return must(right, "a tree has leaves");
  }
}

/** The hash at a position of packed hashes; a view. */
export function hashAt(hashes: Uint8Array, position: number): Uint8Array {
  return hashes.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);
}
