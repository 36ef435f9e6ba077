import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { BlockStore, Log, RecordStore } from "../ports/index.ts";
import type { Head } from "./head.ts";
import type { ObjectEntry } from "./records.ts";

/** What the ledger works with. */
export interface LedgerOptions {
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly suite: CryptoSuite;
  readonly log: Log;
  /** Whether blocks that no record names stay: their records may be readable elsewhere. */
  readonly keepsUnknownBlocks?: boolean;
}

/** Fragments whose shards are all persisted and that now become known, all at once. */
export interface Commit {
  readonly head: Head;
  readonly fragments: readonly {
    readonly index: number;
    /** Id of the job that wrote the blocks. */
    readonly at: string;
    /** Writes the leaf list, of `leafBytes`, to the beginning of some memory. */
    readonly writeLeaves: (list: Uint8Array) => void;
    readonly leafBytes: number;
  }[];
  /** Who brought them; undefined: this peer's owner. */
  readonly from: PeerId | undefined;
  /** The object record that belongs to them. */
  readonly object: ObjectEntry | undefined;
}

/** Bytes and counts of what is here. */
export interface LedgerUsage {
  readonly usedBytes: number;
  /** Of those, what others brought: this is what the quota bounds. */
  readonly othersBytes: number;
  readonly fragmentCount: number;
}

/**
 * Hears what was read, and whether the disk has failed or is closed: what is not found may be there
 * all the same.
 */
export type Found = (value: Uint8Array | undefined, hasFailed: boolean) => void;
