import { NO_BYTES } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Codecs } from "./codecs.ts";
import { shardBytesOf } from "./geometry.ts";
import { HASH_BYTES, hashAt, LeafHashes } from "./merkle.ts";
import { StripeCipher } from "./stripe-cipher.ts";

/** One stripe of an object on its way in, as it is before it is sealed. */
export interface StripeTask {
  readonly readKey: Uint8Array;
  readonly stripe: number;
  readonly layer: number;
  readonly isLast: boolean;
  readonly plain: Uint8Array;
  readonly k: number;
  /** Fragments whose shards are wanted. */
  readonly n: number;
  /** Fragments whose leaf hashes are wanted. */
  readonly nMax: number;
}

/** A stripe sealed, coded and hashed. */
export interface MadeStripe {
  /** The shards of fragments 0 … n-1, one behind the other; lent until `release`. */
  readonly shards: Uint8Array;
  /** The leaf hashes of fragments 0 … nMax-1, 32 bytes each; lent until `release`. */
  readonly leaves: Uint8Array;
  /** The bytes are not needed any more. */
  release(): void;
}

/** Makes stripes somewhere else, so that several processors are used for one object. */
export interface StripeMaker {
  /**
   * Takes what it needs of the task at once; `done` may come later, and out of order.
   * @returns false where it has no room for it: nothing is done then
   */
  make(task: StripeTask, done: (made: MadeStripe) => void): boolean;
}

/** Bytes of the shards that are wanted of a stripe, and of its leaf hashes. */
export function madeBytes({ plain, k, n, nMax }: Omit<StripeTask, "readKey">): {
  readonly shards: number;
  readonly leaves: number;
} {
  return { shards: n * shardBytesOf(plain.length, k), leaves: nMax * HASH_BYTES };
}

/** Makes a stripe here and now, into `shards` and `leaves`, which are as long as `madeBytes` says. */
export function makeStripe(
  suite: CryptoSuite,
  codecs: Codecs,
  task: StripeTask,
  { shards, leaves }: Pick<MadeStripe, "shards" | "leaves">,
): void {
  const { readKey, stripe, layer, isLast, plain, k, n, nMax } = task;
  const shardBytes = shardBytesOf(plain.length, k);
  const codec = codecs.get(k, nMax, shardBytes);
  const cipher = new StripeCipher(suite, readKey, 2);
  cipher.sealStripeAcross(stripe, { layer, isLast }, plain, codec.dataShards(shardBytes));
  const coded = codec.encode(shardBytes);
  const hashes = new LeafHashes(suite, codec.leafInputs(shardBytes));
  for (let index = 0; index < n; index++) {
    // Hashed first: then a few shards at a time pass through the processor's cache.
    hashes.at(index);
    shards.set(coded[index] ?? NO_BYTES, index * shardBytes);
  }
  leaves.set(hashes.all());
}

/** A stripe that is made here because it could not be made elsewhere. */
export function makeStripeHere(suite: CryptoSuite, codecs: Codecs, task: StripeTask): MadeStripe {
  const bytes = madeBytes(task);
  const shards = new Uint8Array(bytes.shards);
  const leaves = new Uint8Array(bytes.leaves);
  makeStripe(suite, codecs, task, { shards, leaves });
  return { shards, leaves, release: () => undefined };
}

/** The leaf hashes of a stripe's shards. */
export interface StripeLeaves {
  /** That of one fragment; a view. */
  at(index: number): Uint8Array;
  /** Those of all, one after another. */
  all(): Uint8Array;
}

/** The parts of a made stripe: a view for each shard, and the leaf hashes of its fragments. */
export function partsOf(
  { shards, leaves }: MadeStripe,
  n: number,
): { readonly shards: readonly Uint8Array[]; readonly leaves: StripeLeaves } {
  const shardBytes = shards.length / n;
  // Copies: leaf hashes outlive the stripe.
  const kept = Uint8Array.from(leaves);
  return {
    shards: Array.from({ length: n }, (_, index) =>
      shards.subarray(index * shardBytes, (index + 1) * shardBytes),
    ),
    leaves: { at: (index) => hashAt(kept, index), all: () => kept },
  };
}
