import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { PROOF_HASHES_MAX, STRIPES_MAX } from "./limits.ts";
import { HASH_BYTES, hashAt, treeRoot } from "./merkle.ts";
import { checkRun, keepTree, proofHashes, proveRun, type Run } from "./multiproof.ts";

const suite = createNodeSuite();

function leavesOf(count: number): Uint8Array {
  const hashes = Array.from({ length: count }, (_, i) => suite.sha256(Uint8Array.of(i, i >> 8)));
  return concatBytes(...hashes);
}

function cut(leaves: Uint8Array, { first, count }: Run): Uint8Array {
  return leaves.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES);
}

/** A tree's leaves and a run of them. */
const anyRun = fc
  .integer({ min: 1, max: 300 })
  .chain((leafCount) =>
    fc.record({
      leaves: fc.constant(leavesOf(leafCount)),
      leafCount: fc.constant(leafCount),
      ends: fc.tuple(fc.nat(leafCount - 1), fc.nat(leafCount - 1)),
    }),
  )
  .map(({ leaves, leafCount, ends }) => {
    const first = Math.min(...ends);
    return { leaves, leafCount, run: { first, count: Math.max(...ends) - first + 1 } };
  });

describe("the proof of a run of leaves", () => {
  test("leads to the root that the whole tree has, in trees of any size", () => {
    fc.assert(
      fc.property(anyRun, ({ leaves, leafCount, run }) => {
        const proof = proveRun(suite, leaves, run);
        expect(equalBytes(proveRun(suite, leaves, run, keepTree(suite, leaves)), proof)).toBe(true);
        const root = treeRoot(suite, leaves);
        const checked = checkRun(suite, root, leafCount, run, proof) ?? new Uint8Array(0);
        expect(equalBytes(checked, cut(leaves, run))).toBe(true);
        const levels = Math.ceil(Math.log2(leafCount));
        expect(proof.length / HASH_BYTES).toBeLessThanOrEqual(run.count + 2 * levels);
        expect(proof.length).toBeLessThanOrEqual(leaves.length);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("shows nothing once any byte of it, the root, the run or the size is another", () => {
    fc.assert(
      fc.property(
        anyRun,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ({ leaves, leafCount, run }, at, flip) => {
          const proof = proveRun(suite, leaves, run);
          const root = treeRoot(suite, leaves);
          const changed = proof.slice();
          changed[at % proof.length] = (changed[at % proof.length] ?? 0) ^ flip;
          expect(checkRun(suite, root, leafCount, run, changed)).toBeUndefined();
          const otherRoot = root.slice();
          otherRoot[at % HASH_BYTES] = (root[at % HASH_BYTES] ?? 0) ^ flip;
          expect(checkRun(suite, otherRoot, leafCount, run, proof)).toBeUndefined();
          const next = { first: run.first + 1, count: run.count };
          expect(checkRun(suite, root, leafCount, next, proof)).toBeUndefined();
          expect(checkRun(suite, root, leafCount + leafCount, run, proof)).toBeUndefined();
        },
      ),
      { numRuns: 200, seed: 2 },
    );
  });

  test("has its hashes in one order and number only", () => {
    const leaves = leavesOf(100);
    const root = treeRoot(suite, leaves);
    const run = { first: 37, count: 3 };
    const proof = proveRun(suite, leaves, run);
    const hashes = Array.from({ length: proof.length / HASH_BYTES }, (_, i) => hashAt(proof, i));
    const check = (...parts: Uint8Array[]): Uint8Array | undefined =>
      checkRun(suite, root, 100, run, concatBytes(...parts));
    expect(check(...hashes)).toEqual(cut(leaves, run));
    for (let i = 0; i < hashes.length; i++) {
      for (let j = 0; j < i; j++) {
        const swapped = hashes.with(i, hashAt(proof, j)).with(j, hashAt(proof, i));
        expect(check(...swapped)).toBeUndefined();
      }
      expect(check(...hashes.toSpliced(i, 1))).toBeUndefined();
      expect(check(...hashes.toSpliced(i, 0, hashAt(proof, i)))).toBeUndefined();
    }
    expect(check(proof.subarray(1))).toBeUndefined();
    expect(check(proof, Uint8Array.of(0))).toBeUndefined();
    expect(check()).toBeUndefined();
  });

  test("of a run that is empty or reaches out of the tree is none", () => {
    const leaves = leavesOf(9);
    const root = treeRoot(suite, leaves);
    for (const run of [
      { first: 0, count: 0 },
      { first: 8, count: 2 },
      { first: 9, count: 1 },
      { first: -1, count: 2 },
    ])
      expect(checkRun(suite, root, 9, run, leaves)).toBeUndefined();
  });

  test("of the longest object has as many hashes as a message may bring, at most", () => {
    expect(proofHashes(STRIPES_MAX, { first: 0, count: STRIPES_MAX })).toBe(STRIPES_MAX);
    for (const first of [0, 1, 8_190, 8_191, 16_000])
      expect(proofHashes(STRIPES_MAX, { first, count: 2 })).toBeLessThanOrEqual(2 + 26);
    const inner = { first: 1, count: STRIPES_MAX - 2 };
    expect(proofHashes(STRIPES_MAX, inner)).toBeLessThanOrEqual(PROOF_HASHES_MAX);
  });
});
