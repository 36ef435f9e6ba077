import { assert, must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";

/** Bytes of one hash. */
export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const PAIR_BYTES: number = NODE.length + 2 * HASH_BYTES;

/** The hash of one leaf entry (RFC 9162 section 2.1.1). */
export function leafHash(suite: CryptoSuite, entry: Uint8Array): Uint8Array {
  return suite.sha256(LEAF, entry);
}

/** The hash of an inner node over the hashes of its two subtrees (RFC 9162 section 2.1.1). */
export function nodeHash(suite: CryptoSuite, left: Uint8Array, right: Uint8Array): Uint8Array {
  return suite.sha256(NODE, left, right);
}

/** Hashes each text, 32 bytes one after another into `into`: side by side where the suite can. */
export function hashEach(suite: CryptoSuite, texts: readonly Uint8Array[], into: Uint8Array): void {
  if (suite.sha256Each !== undefined) suite.sha256Each(texts, into);
  else for (const [i, text] of texts.entries()) into.set(suite.sha256(text), i * HASH_BYTES);
}

/** Shards whose leaf hashes are made together: as many as a suite hashes side by side. */
const TOGETHER = 8;

/**
 * The leaf hashes of shards, made when they are asked for and a few at a time, so that a shard is
 * still in the processor's cache when it is used next.
 */
export class LeafHashes {
  readonly #suite: CryptoSuite;
  readonly #inputs: readonly Uint8Array[];
  readonly #hashes: Uint8Array;
  readonly #made: Set<number> = new Set();

  /** @param inputs the shards, each with a zero byte before it; looked at when hashes are made */
  constructor(suite: CryptoSuite, inputs: readonly Uint8Array[]) {
    this.#suite = suite;
    this.#inputs = inputs;
    this.#hashes = new Uint8Array(inputs.length * HASH_BYTES);
  }

  /** The leaf hash of the shard at a position; a view. */
  at(position: number): Uint8Array {
    const first = position - (position % TOGETHER);
    if (!this.#made.has(first)) {
      this.#made.add(first);
      const texts = this.#inputs.slice(first, first + TOGETHER);
      hashEach(this.#suite, texts, this.#hashes.subarray(first * HASH_BYTES));
    }
    return hashAt(this.#hashes, position);
  }

  /** All of them, one after another. */
  all(): Uint8Array {
    for (let first = 0; first < this.#inputs.length; first += TOGETHER) this.at(first);
    return this.#hashes;
  }
}

/**
 * The Merkle tree hash over leaf hashes (RFC 9162 section 2.1.1).
 * @param leaves one or more hashes of 32 bytes, one after another
 */
export function treeRoot(suite: CryptoSuite, leaves: Uint8Array): Uint8Array {
  assert(leaves.length > 0 && leaves.length % HASH_BYTES === 0, "a tree has whole leaf hashes");
  const level = leaves.slice();
  if (level.length === HASH_BYTES) return level;
  const pairs = newPairs();
  for (let count = level.length / HASH_BYTES; count > 1; )
    count = joinLevel(suite, pairs, level, count);
  return level.slice(0, HASH_BYTES);
}

/**
 * The inner nodes of a tree from some height on, the lowest level first: node i at height h is the
 * hash of the leaves from i * 2^h to before (i + 1) * 2^h, as far as there are any. Empty for a tree that is lower.
 * @param leaves one or more hashes of 32 bytes, one after another
 * @param from height of the lowest level; leaves have 0
 */
export function treeLevels(suite: CryptoSuite, leaves: Uint8Array, from: number): Uint8Array[] {
  assert(leaves.length > 0 && leaves.length % HASH_BYTES === 0, "a tree has whole leaf hashes");
  const level = leaves.slice();
  const pairs = newPairs();
  const levels: Uint8Array[] = [];
  let count = level.length / HASH_BYTES;
  for (let height = 0; ; height++) {
    if (height >= from) levels.push(level.slice(0, count * HASH_BYTES));
    if (count === 1) return levels;
    count = joinLevel(suite, pairs, level, count);
  }
}

/** Makes a level of a tree into the next one, in place; returns how many nodes that has. */
function joinLevel(
  suite: CryptoSuite,
  pairs: readonly Uint8Array[],
  level: Uint8Array,
  count: number,
): number {
  const joined = count >> 1;
  for (let i = 0; i < joined; i += TOGETHER) {
    const some = joined - i < TOGETHER ? pairs.slice(0, joined - i) : pairs;
    for (const [j, pair] of some.entries()) {
      const from = 2 * (i + j) * HASH_BYTES;
      pair.set(level.subarray(from, from + 2 * HASH_BYTES), NODE.length);
    }
    hashEach(suite, some, level.subarray(i * HASH_BYTES));
  }
  // A node without a neighbour moves up as it is, which yields the tree of the RFC.
  if (count % 2 === 1)
    level.copyWithin(joined * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES);
  return joined + (count % 2);
}

function newPairs(): readonly Uint8Array[] {
  return pairsIn(new Uint8Array(TOGETHER * PAIR_BYTES));
}

/** Texts of inner nodes in this memory, one after another: each has the prefix and room for two hashes. */
function pairsIn(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / PAIR_BYTES }, (_, i) => {
    const pair = bytes.subarray(i * PAIR_BYTES, (i + 1) * PAIR_BYTES);
    pair.set(NODE);
    return pair;
  });
}

/** The hashes of several trees that grow together, over leaves that are not kept. */
export class RunningRoots {
  readonly #suite: CryptoSuite;
  readonly #trees: number;
  /** By height: of every tree the root of a whole subtree of 2^i leaves, the rightmost ones lowest. */
  readonly #subtrees: (Uint8Array | undefined)[] = [];
  /** What is hashed for the next node of every tree: the nodes' prefix and two hashes. */
  readonly #pairs: readonly Uint8Array[];
  /** The memory of the pairs, one after another. */
  readonly #bytes: Uint8Array;

  constructor(suite: CryptoSuite, trees: number) {
    this.#suite = suite;
    this.#trees = trees;
    this.#bytes = new Uint8Array(trees * PAIR_BYTES);
    this.#pairs = pairsIn(this.#bytes);
  }

  /** The next leaf of every tree: their hashes one after another, which are kept as they are. */
  push(leaves: Uint8Array): void {
    assert(leaves.length === this.#trees * HASH_BYTES, "every tree gets a leaf");
    let nodes = leaves;
    let height = 0;
    for (let left = this.#subtrees[0]; left !== undefined; left = this.#subtrees[height]) {
      nodes = this.#join(left, nodes);
      this.#subtrees[height] = undefined;
      height++;
    }
    this.#subtrees[height] = nodes;
  }

  /** The hash of every tree over all leaves so far, at least one: one after another. */
  roots(): Uint8Array {
    let right: Uint8Array | undefined;
    for (const left of this.#subtrees) {
      if (left === undefined) continue;
      right = right === undefined ? left : this.#join(left, right);
    }
    return must(right, "a tree has leaves");
  }

  #join(left: Uint8Array, right: Uint8Array): Uint8Array {
    const bytes = this.#bytes;
    for (let tree = 0; tree < this.#trees; tree++) {
      const at = tree * PAIR_BYTES + NODE.length;
      const from = tree * HASH_BYTES;
      // Byte by byte: views to copy from would take longer.
      for (let i = 0; i < HASH_BYTES; i++) {
        bytes[at + i] = left[from + i] ?? 0;
        bytes[at + HASH_BYTES + i] = right[from + i] ?? 0;
      }
    }
    const joined = new Uint8Array(this.#trees * HASH_BYTES);
    hashEach(this.#suite, this.#pairs, joined);
    return joined;
  }
}

/** The hash at a position of packed hashes; a view. */
export function hashAt(hashes: Uint8Array, position: number): Uint8Array {
  return hashes.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);
}
