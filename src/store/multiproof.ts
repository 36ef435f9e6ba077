import { equalBytes } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { HASH_BYTES, hashAt, nodeHash, treeLevels, treeRoot } from "./merkle.ts";

/** Leaves of a tree that lie side by side: `count` of them, at least one, from `first` on. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/** Where subtrees lie: those outside of a run from left to right, and its own leaves. */
interface Walk<T> {
  leaf(position: number): T;
  /** A subtree over the leaves from `low` to before `high`, none of which is in the run. */
  outside(low: number, high: number): T;
  join(left: T, right: T): T;
}

/** Goes through a tree as far down as the run's leaves; calls come from left to right. */
function walk<T>(low: number, high: number, run: Run, how: Walk<T>): T {
  if (high <= run.first || low >= run.first + run.count) return how.outside(low, high);
  if (high - low === 1) return how.leaf(low);
  // The left subtree is the largest full one that leaves something to the right (RFC 9162 2.1.1).
  const middle = low + 2 ** (31 - Math.clz32(high - low - 1));
  const left = walk(low, middle, run, how);
  return how.join(left, walk(middle, high, run, how));
}

/** Hashes in the proof of a run in a tree of so many leaves: its leaves and what they lack to the root. */
export function proofHashes(leafCount: number, run: Run): number {
  const one = (): number => 1;
  return walk(0, leafCount, run, { leaf: one, outside: one, join: (a, b) => a + b });
}

/** Height from which on a tree's nodes are kept: below it the leaves give them with a few hashes. */
const KEPT_HEIGHT = 4;

/** What of a tree makes proofs quick: its nodes of 16 leaves and more, the lowest level first. */
export type KeptTree = readonly Uint8Array[];

/** Hashes all of a tree once, for any number of proofs. Takes a sixteenth of the leaves' bytes, twice. */
export function keepTree(suite: CryptoSuite, leaves: Uint8Array): KeptTree {
  return treeLevels(suite, leaves, KEPT_HEIGHT);
}

/**
 * What shows that the leaves of a run belong to a tree: their hashes, and after them, from left to
 * right, the root of every largest subtree without any of them; 32 bytes each.
 * @param leaves all leaf hashes, one after another; the run must lie within
 * @param tree what `keepTree` made of the same leaves
 */
export function proveRun(
  suite: CryptoSuite,
  leaves: Uint8Array,
  run: Run,
  tree: KeptTree = [],
): Uint8Array {
  const leafCount = leaves.length / HASH_BYTES;
  assert(isWithin(leafCount, run), "a run lies within its tree");
  const proof = new Uint8Array(proofHashes(leafCount, run) * HASH_BYTES);
  proof.set(leaves.subarray(run.first * HASH_BYTES, (run.first + run.count) * HASH_BYTES));
  let at = run.count;
  walk<void>(0, leafCount, run, {
    leaf: () => {},
    outside: (low, high) => {
      const height = 32 - Math.clz32(high - low - 1);
      const level = tree[height - KEPT_HEIGHT];
      const subtree = leaves.subarray(low * HASH_BYTES, high * HASH_BYTES);
      const hash = level === undefined ? treeRoot(suite, subtree) : hashAt(level, low >> height);
      proof.set(hash, at++ * HASH_BYTES);
    },
    join: () => {},
  });
  return proof;
}

/**
 * The leaf hashes of a run, once a proof shows that they belong to the tree with this root.
 * @param root 32 bytes
 * @param proof what a stranger says that `proveRun` gave
 * @returns the hashes one after another, a view of the proof; undefined: it shows nothing
 */
export function checkRun(
  suite: CryptoSuite,
  root: Uint8Array,
  leafCount: number,
  run: Run,
  proof: Uint8Array,
): Uint8Array | undefined {
  if (!isWithin(leafCount, run)) return undefined;
  // Neither more nor fewer than it takes: each hash has its one place, so there is one proof only.
  if (proof.length !== proofHashes(leafCount, run) * HASH_BYTES) return undefined;
  let next = run.count;
  const found = walk<Uint8Array>(0, leafCount, run, {
    leaf: (position) => hashAt(proof, position - run.first),
    outside: () => hashAt(proof, next++),
    join: (left, right) => nodeHash(suite, left, right),
  });
  return equalBytes(found, root) ? proof.subarray(0, run.count * HASH_BYTES) : undefined;
}

function isWithin(leafCount: number, { first, count }: Run): boolean {
  return first >= 0 && count >= 1 && first + count <= leafCount;
}
