import { TypedError } from "../base/errors.ts";

/** Why a disk operation failed: `full` and `io` may pass, `corrupt` will not. */
export class DiskError extends TypedError<"full" | "corrupt" | "io" | "closed"> {
  override readonly name = "DiskError";
}

/** One change to small state; a null value deletes the key. */
export interface RecordWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Answers later, on the peer's own turn; exactly once. */
export type DiskCallback<T> = (error: DiskError | null, value: T) => void;

/**
 * Small state: ordered keys (`room/…`) with byte values. A batch is all or nothing and survives
 * a crash once `done` was called without error. Batches take effect in call order.
 */
export interface RecordStore {
  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void;
  /** All records whose key begins with `prefix`, in key order. */
  scan(prefix: string, done: DiskCallback<readonly { key: string; value: Uint8Array }[]>): void;
}

/** One of several blocks that are put together. */
export interface BlockToPut {
  readonly key: string;
  readonly block: Uint8Array;
  /**
   * Tells what `BlockStore.put` takes as leaf. Asked for right before the block is copied, so that
   * it may be hashed then and come through the processor's cache only once.
   */
  readonly leaf?: () => Uint8Array;
}

/**
 * Bulk state: blocks of up to `BLOCK_BYTES_MAX` under a key. A block survives a crash once
 * `done` was called without error; a damaged one reads as null and is reported, never as wrong bytes.
 */
export interface BlockStore {
  /**
   * Keeps a block; its bytes must stay as they are until `done`.
   * @param leaf the hash of the block as a leaf (SHA-256 of a zero byte and the block, RFC 9162)
   *   where the caller has it: it serves as checksum
   */
  put(
    key: string,
    block: Uint8Array,
    done: (error: DiskError | null) => void,
    leaf?: Uint8Array,
  ): void;
  /**
   * Keeps several blocks, looking at their bytes during the call only. A store that gains nothing
   * by that leaves it out.
   * @param done called once, with the first failure if there was one: some may be kept then
   */
  putAll?(blocks: readonly BlockToPut[], done: (error: DiskError | null) => void): void;
  /** The block, or null where it is not there (or damaged). */
  get(key: string, done: DiskCallback<Uint8Array | null>): void;
  remove(keys: readonly string[], done: (error: DiskError | null) => void): void;
  /** Whether the block is there, without touching the disk. */
  has(key: string): boolean;
  /**
   * Keys that begin with `prefix`, without touching the disk. To be taken within one turn: a store
   * that tidies up meanwhile may show a key twice.
   */
  keys(prefix: string): Iterable<string>;
  /** Bytes of all live blocks. */
  usedBytes(): number;
}

/** Largest block, in bytes. */
export const BLOCK_BYTES_MAX: number = 1 << 21;
