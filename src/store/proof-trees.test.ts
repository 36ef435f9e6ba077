import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import { get, pattern, put, STRIPE } from "./jobs.fixture.ts";
import {
  PROOF_ASKERS_MAX,
  PROOF_LEAVES_BURST,
  PROOF_LEAVES_FOR_ALL,
  PROOF_LEAVES_FOR_KNOWN,
  PROOF_LEAVES_PER_SECOND,
  PROOF_TREE_COST_BYTES,
  PROOF_TREES_BYTES_MAX,
  STRIPES_MAX,
} from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";
import { type ProofAsker, ProofTrees } from "./proof-trees.ts";

const suite = createNodeSuite();
const ANNA = stranger("anna");
const BERT = stranger("bert");
/** A tree over so few leaves keeps no hashes, and costs what an entry costs. */
const SHORT = new Uint8Array(HASH_BYTES);
const SHORT_MAX = PROOF_TREES_BYTES_MAX / PROOF_TREE_COST_BYTES;

function stranger(name: string): ProofAsker {
  return { peer: name as PeerId, isKnown: false };
}

describe("hash trees kept for proofs", () => {
  test("stay as long as they fit; one more, and the least recently used goes", () => {
    const trees = new ProofTrees(suite);
    const isKept = (index: number): boolean => trees.pay(ANNA, "r", index, Infinity, 0);
    for (let i = 0; i < SHORT_MAX; i++) trees.of("r", i, SHORT);
    expect(trees.bytes).toBe(PROOF_TREES_BYTES_MAX);
    expect(isKept(0)).toBe(true);
    trees.of("r", 0, SHORT);
    trees.of("r", SHORT_MAX, SHORT);
    expect(trees.bytes).toBe(PROOF_TREES_BYTES_MAX);
    expect([isKept(0), isKept(1), isKept(2), isKept(SHORT_MAX)]).toEqual([true, false, true, true]);
  });

  test("of the longest leaf lists there is room for those of all fragments of an object", () => {
    const trees = new ProofTrees(suite);
    const longest = new Uint8Array(STRIPES_MAX * HASH_BYTES);
    const first = trees.of("r", 0, longest);
    expect(trees.bytes * 40).toBeLessThan(PROOF_TREES_BYTES_MAX);
    expect(trees.of("r", 0, longest)).toBe(first);
  });
});

describe("an asker of proofs", () => {
  /** How many trees of the longest leaf list may be hashed now. */
  function treesFor(trees: ProofTrees, asker: ProofAsker, nowMs: number, from: number): number {
    let count = 0;
    while (trees.pay(asker, "r", from + count, STRIPES_MAX, nowMs)) count++;
    return count;
  }

  test("may have its allowance hashed, not one leaf more, and more as time goes by", () => {
    const trees = new ProofTrees(suite);
    expect(trees.pay(ANNA, "r", 0, PROOF_LEAVES_BURST, 0)).toBe(true);
    expect(trees.pay(ANNA, "r", 1, 1, 0)).toBe(false);
    expect(trees.pay(BERT, "r", 1, PROOF_LEAVES_BURST + 1, 0)).toBe(false);
    expect(trees.pay(BERT, "r", 1, PROOF_LEAVES_BURST, 0)).toBe(true);
    expect(trees.pay(ANNA, "r", 1, PROOF_LEAVES_PER_SECOND + 1, 1_000)).toBe(false);
    expect(trees.pay(ANNA, "r", 1, PROOF_LEAVES_PER_SECOND, 1_000)).toBe(true);
  });

  test("is answered from kept trees whatever it had hashed", () => {
    const trees = new ProofTrees(suite);
    trees.of("r", 7, SHORT);
    treesFor(trees, ANNA, 0, 100);
    expect(trees.pay(ANNA, "r", 8, STRIPES_MAX, 0)).toBe(false);
    expect(trees.pay(ANNA, "r", 7, STRIPES_MAX, 0)).toBe(true);
  });

  test("under ever new names gets no more than all may have, also once old names are forgotten", () => {
    const trees = new ProofTrees(suite);
    let hashed = 0;
    for (let i = 0; i <= PROOF_ASKERS_MAX; i++) {
      hashed += treesFor(trees, stranger(`peer${i}`), 0, hashed);
    }
    const forStrangers = PROOF_LEAVES_FOR_ALL - PROOF_LEAVES_FOR_KNOWN;
    expect(hashed * STRIPES_MAX).toBe(forStrangers * PROOF_LEAVES_BURST);
    // The first of all names is forgotten by now, which gives it nothing.
    expect(treesFor(trees, stranger("peer0"), 0, hashed)).toBe(0);
    // Those known here have what is kept for them, however many strangers came before.
    const known = (name: string): ProofAsker => ({ peer: name as PeerId, isKnown: true });
    const counts = ["carla", "dora", "emil"].map((name) => treesFor(trees, known(name), 0, 1e6));
    const each = PROOF_LEAVES_BURST / STRIPES_MAX;
    expect(counts).toEqual([each, each, 0]);
  });

  test("waits for its turn and is answered then", () => {
    const small = { stripeBytes: STRIPE };
    const net = makeStoreNet();
    const holders = net.addMany(4, small);
    const data = pattern(60 * STRIPE);
    const link = put(net, must(holders[0], "a peer"), data);
    net.settle();
    const original = ProofTrees.prototype.pay;
    let refusals = 3;
    ProofTrees.prototype.pay = function (...asked) {
      return refusals-- <= 0 && original.apply(this, asked);
    };
    try {
      const range = { from: 20 * STRIPE, to: 21 * STRIPE };
      expect(get(net, net.add(small), link, 120_000, { range }).error).toBeUndefined();
      expect(refusals).toBeLessThan(0);
    } finally {
      ProofTrees.prototype.pay = original;
    }
  });

  test("is known to a holder whose contact it is, and to no other", () => {
    const small = { stripeBytes: STRIPE };
    const net = makeStoreNet();
    const contacts = new Set<PeerId>();
    const facts = { trust: (peer: PeerId) => (contacts.has(peer) ? 1 : 0.5) };
    const holders = net.addMany(4, { ...small, facts });
    const owner = must(holders[0], "a peer");
    const link = put(net, owner, pattern(60 * STRIPE));
    net.settle();
    const [contact, other] = [net.add(small), net.add(small)];
    contacts.add(contact.id);
    const original = ProofTrees.prototype.pay;
    const known = new Map<PeerId, boolean>();
    ProofTrees.prototype.pay = function (asker, ...rest) {
      known.set(asker.peer, asker.isKnown);
      return original.call(this, asker, ...rest);
    };
    try {
      const range = { from: 20 * STRIPE, to: 21 * STRIPE };
      for (const reader of [contact, other]) get(net, reader, link, 120_000, { range });
      expect([known.get(contact.id), known.get(other.id)]).toEqual([true, false]);
    } finally {
      ProofTrees.prototype.pay = original;
    }
  });
});
