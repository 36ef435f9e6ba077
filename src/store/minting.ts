import { equalBytes, toHex } from "../base/bytes.ts";
import type { DiskError } from "../ports/index.ts";
import { BlockJob } from "./block-job.ts";
import { loadStripe } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { kOf, shardBytes, stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
import { fragmentWith } from "./leaf-batches.ts";
import type { Commit } from "./ledger-types.ts";
import { HASH_BYTES, hashAt, leafHash, treeRoot } from "./merkle.ts";

/**
 * Fragments of one object that are made from k others, stripe by stripe in any order, and written
 * to the disk here. It works on sealed bytes, so it needs no read key.
 */
export class Minting {
  readonly id: string;
  readonly indices: readonly number[];
  readonly #context: StoreContext;
  readonly #head: Head;
  readonly #blocks: BlockJob;
  /** The leaf list of each fragment. */
  readonly #leaves: ReadonlyMap<number, Uint8Array>;
  readonly #stripes: Set<number> = new Set();
  #onDisk: () => void;

  /** @param onDisk called after every answer of the disk */
  constructor(context: StoreContext, head: Head, indices: readonly number[], onDisk: () => void) {
    this.id = toHex(context.random.bytes(16));
    this.indices = indices;
    this.#context = context;
    this.#head = head;
    this.#onDisk = onDisk;
    this.#blocks = new BlockJob(this.id, context.blocks, context.log, () => this.#onDisk());
    const listBytes = stripeCount(head.manifest) * HASH_BYTES;
    this.#leaves = new Map(indices.map((index) => [index, new Uint8Array(listBytes)]));
  }

  /** Whether this stripe was made. */
  has(stripe: number): boolean {
    return this.#stripes.has(stripe);
  }

  /** Stripes that the disk has not answered yet. */
  get flyingStripes(): number {
    return this.#blocks.flying / Math.max(1, this.indices.length);
  }

  /** Bytes of those. */
  get flyingBytes(): number {
    return this.#blocks.flyingBytes;
  }

  /** The disk's first failure, if there was one. */
  get failure(): DiskError | undefined {
    return this.#blocks.failure;
  }

  /** Somebody else hears of the disk's answers from now on. */
  follow(onDisk: () => void): void {
    this.#onDisk = onDisk;
  }

  /** Makes the shards of one stripe from k others, which are only looked at during the call. */
  take(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const { manifest } = this.#head;
    const { codecs, suite } = this.#context;
    const bytes = shardBytes(manifest, stripe);
    const codec = codecs.get(kOf(manifest, stripe), manifest.nMax, bytes);
    loadStripe(codec, shards, bytes);
    this.#stripes.add(stripe);
    for (const [index, leaves] of this.#leaves) {
      const shard = codec.rebuild(index).slice();
      const leaf = leafHash(suite, shard);
      leaves.set(leaf, stripe * HASH_BYTES);
      this.#blocks.put(index, stripe, shard, leaf);
    }
  }

  /** The fragments, all of whose stripes were made; undefined: they are not what the head says. */
  fragments(): Commit["fragments"] | undefined {
    const { suite } = this.#context;
    for (const [index, leaves] of this.#leaves) {
      const committed = hashAt(this.#head.fragmentRoots, index);
      if (!equalBytes(treeRoot(suite, leaves), committed)) return undefined;
    }
    return [...this.#leaves].map(([index, leaves]) => fragmentWith(index, this.id, leaves));
  }

  /** Removes what was written. */
  discard(): void {
    this.#blocks.discard();
  }
}
