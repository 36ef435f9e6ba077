import { TokenBucket } from "../base/token-bucket.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import {
  PROOF_ASKERS_MAX,
  PROOF_LEAVES_BURST,
  PROOF_LEAVES_FOR_ALL,
  PROOF_LEAVES_FOR_KNOWN,
  PROOF_LEAVES_PER_SECOND,
  PROOF_TREE_COST_BYTES,
  PROOF_TREES_BYTES_MAX,
} from "./limits.ts";
import { type KeptTree, keepTree } from "./multiproof.ts";

/** Who asks for a proof. */
export interface ProofAsker {
  readonly peer: PeerId;
  /** Whether they are trusted here as contacts are, or brought the fragment. */
  readonly isKnown: boolean;
}

interface Kept {
  readonly tree: KeptTree;
  readonly bytes: number;
}

/**
 * The hash trees of fragments that were asked about, so that a tree is hashed once and not for each
 * proof. The least recently used go first. Hashing a new one takes from the asker's allowance and
 * from a common one, so that nobody keeps this peer hashing, however many fragments they know of. A part
 * of that is kept for those known here, so that no crowd of made-up peers takes their turn.
 */
export class ProofTrees {
  readonly #suite: CryptoSuite;
  readonly #trees: Map<string, Kept> = new Map();
  readonly #askers: Map<PeerId, TokenBucket> = new Map();
  #all: TokenBucket | undefined;
  #known: TokenBucket | undefined;
  #bytes = 0;

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** Bytes that the kept trees take. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Pays for a proof; nothing where the tree is kept.
   * @param asker who asks, and whether this peer knows them or has the fragment from them
   * @param leaves how many the tree has
   * @param nowMs monotonic time
   * @returns false where the asker has to wait: nothing was taken
   */
  pay(asker: ProofAsker, root: string, index: number, leaves: number, nowMs: number): boolean {
    if (this.#trees.has(name(root, index))) return true;
    const own = this.#allowance(asker.peer, nowMs);
    if (own.nextMs(nowMs, leaves) > nowMs || !this.#payTogether(asker, leaves, nowMs)) return false;
    return own.take(nowMs, leaves);
  }

  /** The tree over a fragment's leaves: the kept one, or a new one that is kept from now on. */
  of(root: string, index: number, leaves: Uint8Array): KeptTree {
    const key = name(root, index);
    const kept = this.#trees.get(key) ?? this.#make(leaves);
    // Last in the map is the one used last.
    if (!this.#trees.delete(key)) this.#bytes += kept.bytes;
    this.#trees.set(key, kept);
    for (const [oldest, { bytes }] of this.#trees) {
      if (this.#bytes <= PROOF_TREES_BYTES_MAX) break;
      this.#trees.delete(oldest);
      this.#bytes -= bytes;
    }
    return kept.tree;
  }

  #payTogether({ isKnown }: ProofAsker, leaves: number, nowMs: number): boolean {
    this.#all ??= bucket(PROOF_LEAVES_FOR_ALL - PROOF_LEAVES_FOR_KNOWN, nowMs);
    this.#known ??= bucket(PROOF_LEAVES_FOR_KNOWN, nowMs);
    return this.#all.take(nowMs, leaves) || (isKnown && this.#known.take(nowMs, leaves));
  }

  #make(leaves: Uint8Array): Kept {
    const tree = keepTree(this.#suite, leaves);
    let bytes = PROOF_TREE_COST_BYTES;
    for (const level of tree) bytes += level.length;
    return { tree, bytes };
  }

  #allowance(asker: PeerId, nowMs: number): TokenBucket {
    const allowance = this.#askers.get(asker) ?? bucket(1, nowMs);
    this.#askers.delete(asker);
    this.#askers.set(asker, allowance);
    for (const oldest of this.#askers.keys()) {
      if (this.#askers.size <= PROOF_ASKERS_MAX) break;
      this.#askers.delete(oldest);
    }
    return allowance;
  }
}

function bucket(askers: number, nowMs: number): TokenBucket {
  const perSecond = askers * PROOF_LEAVES_PER_SECOND;
  return new TokenBucket({ perSecond, burst: askers * PROOF_LEAVES_BURST }, nowMs);
}

function name(root: string, index: number): string {
  return `${root}/${index}`;
}
