import { utf8 } from "../../base/bytes.ts";
import type { DiskError } from "../../ports/index.ts";
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

/** A change that waits to become durable. */
export interface WaitingChange {
  readonly change: BlockChange;
  readonly bytes: number;
  readonly done: (error: DiskError | null) => void;
}

/** Takes changes and makes them durable in their order, many at a time. */
export interface BlockLog {
  /** The segment that still grows; compaction leaves it alone. */
  readonly activeSegment: SegmentState | undefined;
  /** Queues a change. `done` is called once, with what went wrong or null. */
  push(change: BlockChange, done: (error: DiskError | null) => void): void;
  /** Waits for what is queued. */
  close(): Promise<void>;
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
  readonly #isOnItsWay: (key: string) => boolean;
  /** What this group has decided so far about a key. */
  readonly #touched = new Map<string, "put" | "remove">();
  /** Length of all parts. */
  bytes = 0;

  /** @param isOnItsWay whether an earlier group that is not in the index yet puts this key */
  constructor(
    index: BlockIndex,
    salt: Uint8Array,
    isOnItsWay: (key: string) => boolean = () => false,
  ) {
    this.#index = index;
    this.#salt = salt;
    this.#isOnItsWay = isOnItsWay;
  }

  /** Adds what the change still comes to, given the index and what was added before. */
  add(change: BlockChange): void {
    if (change.kind === "put") this.#append("put", change.key, change.block, change.leaf);
    else if (change.kind === "remove") for (const key of change.keys) this.#remove(key);
    else for (const moved of change.records) this.#move(change.from, moved);
  }

  #remove(key: string): void {
    const touched = this.#touched.get(key);
    const isBefore = this.#index.has(key) || this.#isOnItsWay(key);
    if (touched === undefined ? isBefore : touched === "put") this.#append("remove", key, NO_BLOCK);
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
