import { utf8 } from "../../base/bytes.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import { encodeRecordHead, RECORD_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";

/** One change of the log. Groups of them become durable together. */
export type BlockChange =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly block: Uint8Array;
      /** SHA-256 of a zero byte and the block, where it is known. */
      readonly leaf?: Uint8Array | undefined;
    }
  | { readonly kind: "remove"; readonly keys: readonly string[] }
  /** Compaction: write these again, as far as they are still needed. */
  | {
      readonly kind: "move";
      readonly from: SegmentState;
      readonly records: readonly MovedRecord[];
    };

/** A record on its way into a newer segment. */
export interface MovedRecord {
  readonly record: SegmentRecord;
  readonly block: Uint8Array;
}

const NO_BLOCK = new Uint8Array(0);

/** About how many bytes a change will take in the log. */
export function changeBytes(change: BlockChange): number {
  if (change.kind === "put") return RECORD_HEADER_BYTES + change.block.length;
  if (change.kind === "remove") return RECORD_HEADER_BYTES * change.keys.length;
  let bytes = 0;
  for (const { record } of change.records) bytes += record.totalBytes;
  return bytes;
}

/** The records that a group of changes comes to, laid out one after another. */
export class BlockGroup {
  /** What to write, in order. */
  readonly parts: Uint8Array[] = [];
  /** With offsets counted from the group's beginning. */
  readonly records: SegmentRecord[] = [];
  readonly #index: BlockIndex;
  readonly #salt: Uint8Array;
  /** What this group has decided so far about a key. */
  readonly #touched = new Map<string, "put" | "remove">();
  /** Length of all parts. */
  bytes = 0;

  constructor(index: BlockIndex, salt: Uint8Array) {
    this.#index = index;
    this.#salt = salt;
  }

  /** Adds what the change still comes to, given the index and what was added before. */
  add(change: BlockChange): void {
    if (change.kind === "put") this.#append("put", change.key, change.block, change.leaf);
    else if (change.kind === "remove") for (const key of change.keys) this.#remove(key);
    else for (const moved of change.records) this.#move(change.from, moved);
  }

  #remove(key: string): void {
    const touched = this.#touched.get(key);
    const there = touched === undefined ? this.#index.find(key) !== undefined : touched === "put";
    if (there) this.#append("remove", key, NO_BLOCK);
  }

  #move(from: SegmentState, { record, block }: MovedRecord): void {
    if (this.#touched.has(record.key) || !this.#index.needs(from, record)) return;
    this.#append(record.kind, record.key, block);
  }

  #append(kind: "put" | "remove", key: string, block: Uint8Array, leaf?: Uint8Array): void {
    const head = encodeRecordHead(this.#salt, kind, utf8(key), block, leaf);
    const totalBytes = head.length + block.length;
    this.parts.push(head);
    if (block.length > 0) this.parts.push(block);
    this.records.push({ kind, key, offset: this.bytes, blockBytes: block.length, totalBytes });
    this.bytes += totalBytes;
    this.#touched.set(key, kind);
  }
}
