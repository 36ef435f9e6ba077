import type { BlockStore, BlockToPut, DiskError, Log } from "../ports/index.ts";
import { REMOVE_BATCH } from "./limits.ts";
import { blockKey, fragmentBlocks } from "./records.ts";

/**
 * The shards that one job writes before it is acknowledged. Either a record takes them over, or
 * `discard` removes them; what a crash leaves behind is removed at the next start.
 */
export class BlockJob {
  readonly id: string;
  readonly #blocks: BlockStore;
  readonly #log: Log;
  readonly #onChange: () => void;
  /** One more than the highest stripe written of each fragment. */
  readonly #stripes: Map<number, number> = new Map();
  /** The same for whole stripes: what the keys of each fragment begin with, and how many there are. */
  readonly #prefixes: string[] = [];
  #wholeStripes = 0;
  #flying = 0;
  #flyingBytes = 0;
  #failure: DiskError | undefined;
  #isDiscarded = false;

  /** @param onChange called after every answer of the disk, until `discard` */
  constructor(id: string, blocks: BlockStore, log: Log, onChange: () => void) {
    this.id = id;
    this.#blocks = blocks;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** Shards that the disk has not answered yet. */
  get flying(): number {
    return this.#flying;
  }

  /** Bytes of those shards. */
  get flyingBytes(): number {
    return this.#flyingBytes;
  }

  /** The first failure, if there was one. */
  get failure(): DiskError | undefined {
    return this.#failure;
  }

  /**
   * Writes a shard of a fragment.
   * @param shard must stay as it is until the disk has answered
   * @param leaf the shard's leaf hash
   */
  put(index: number, stripe: number, shard: Uint8Array, leaf: Uint8Array): void {
    this.#flying++;
    this.#flyingBytes += shard.length;
    this.#note(index, stripe);
    const done = (error: DiskError | null): void => this.#answered(1, shard.length, error);
    this.#blocks.put(blockKey(this.id, index, stripe), shard, done, leaf);
  }

  /**
   * Writes the next shards of the fragments from 0 on, all of one stripe, and takes copies where
   * it needs any.
   * @param leafOf computes the leaf hash of a fragment's shard
   * @param release called once the shards may change again
   */
  putStripe(
    stripe: number,
    shards: readonly Uint8Array[],
    leafOf: (index: number) => Uint8Array,
    release: () => void = () => undefined,
  ): void {
    if (this.#blocks.putAll === undefined) {
      for (const [index, shard] of shards.entries()) {
        this.put(index, stripe, Uint8Array.from(shard), leafOf(index));
      }
      release();
      return;
    }
    let bytes = 0;
    this.#wholeStripes = Math.max(this.#wholeStripes, stripe + 1);
    for (let index = this.#prefixes.length; index < shards.length; index++) {
      this.#prefixes.push(fragmentBlocks(this.id, index));
    }
    const blocks: BlockToPut[] = [];
    // Not map(): what it gives changes its kind once V8 compiles this, and then all is compiled anew.
    for (const block of shards) {
      const index = blocks.length;
      bytes += block.length;
      const key = `${this.#prefixes[index]}${stripe}`;
      blocks.push({ key, block, leaf: () => leafOf(index) });
    }
    this.#flying += blocks.length;
    this.#flyingBytes += bytes;
    this.#blocks.putAll(blocks, (error) => {
      release();
      this.#answered(blocks.length, bytes, error);
    });
  }

  /** Stripes may come in any order: what is healed in passing does. */
  #note(index: number, stripe: number): void {
    this.#stripes.set(index, Math.max(this.#stripes.get(index) ?? 0, stripe + 1));
  }

  #answered(count: number, bytes: number, error: DiskError | null): void {
    this.#flying -= count;
    this.#flyingBytes -= bytes;
    if (error !== null) this.#failure ??= error;
    if (!this.#isDiscarded) this.#onChange();
    else if (this.#flying === 0) this.#removeAll();
  }

  /** Removes everything, once the disk has answered what is still on its way. */
  discard(): void {
    if (this.#isDiscarded) return;
    this.#isDiscarded = true;
    if (this.#flying === 0) this.#removeAll();
  }

  #removeAll(): void {
    const keys: string[] = [];
    for (const [index, stripes] of this.#stripes) keys.push(...blockKeys(this.id, index, stripes));
    for (const index of this.#prefixes.keys()) {
      keys.push(...blockKeys(this.id, index, this.#wholeStripes));
    }
    removeKeys(this.#blocks, this.#log, keys, () => {});
  }
}

/** The keys of all blocks of a fragment; computed, because searching a large disk takes long. */
export function* blockKeys(at: string, index: number, stripes: number): Iterable<string> {
  for (let stripe = 0; stripe < stripes; stripe++) yield blockKey(at, index, stripe);
}

/** Removes blocks in bounded batches, one after another; failures are only logged. */
export function removeKeys(
  blocks: BlockStore,
  log: Log,
  keys: readonly string[],
  done: () => void,
): void {
  if (keys.length === 0) {
    done();
    return;
  }
  blocks.remove(keys.slice(0, REMOVE_BATCH), (error) => {
    if (error !== null) log.warn("store could not remove blocks", { reason: error.code });
    removeKeys(blocks, log, keys.slice(REMOVE_BATCH), done);
  });
}
