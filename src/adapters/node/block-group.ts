import type { BlockToPut, DiskError } from "../../ports/index.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import { RECORD_HEADER_BYTES, type SegmentRecord, writeRecordHead } from "./segment-format.ts";

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
  /**
   * Queues the put of several blocks and copies them meanwhile, where they are many bytes.
   * @returns false where they are few, and nothing was queued
   */
  pushAll?(blocks: readonly BlockToPut[], done: (error: DiskError | null) => void): boolean;
  /** Waits for what is queued. */
  close(): Promise<void>;
}

/** Blocks up to this many bytes are copied together. */
const COPIED_BYTES_MAX = 8_192;
const SLAB_BYTES_MIN = 16_384;
const SLAB_BYTES_MAX: number = 1 << 20;
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
  /** With offsets counted from the group's beginning. */
  readonly records: SegmentRecord[] = [];
  readonly #index: BlockIndex;
  readonly #salt: Uint8Array;
  readonly #isOnItsWay: (key: string) => boolean;
  readonly #parts: Uint8Array[] = [];
  /** Where headers and small blocks are put together: a part each would cost more than the copy. */
  #slab: Buffer = Buffer.alloc(0);
  #filled = 0;
  /** What of the slab is a part already. */
  #flushed = 0;
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

  /** What to write, in order. */
  get parts(): readonly Uint8Array[] {
    this.#flush();
    return this.#parts;
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
    const room = RECORD_HEADER_BYTES + key.length * 3 + COPIED_BYTES_MAX;
    if (this.#slab.length - this.#filled < room) this.#begin(room);
    const at = this.#filled;
    const headBytes = writeRecordHead(this.#slab, at, this.#salt, { kind, key, block, leaf });
    this.#filled += headBytes;
    if (block.length > COPIED_BYTES_MAX) {
      this.#flush();
      this.#parts.push(block);
    } else {
      this.#slab.set(block, this.#filled);
      this.#filled += block.length;
    }
    const totalBytes = headBytes + block.length;
    this.records.push({ kind, key, offset: this.bytes, blockBytes: block.length, totalBytes });
    this.bytes += totalBytes;
    this.#touched.set(key, kind);
  }

  /** Ends a part at what has been written so far. */
  #flush(): void {
    if (this.#filled > this.#flushed) {
      this.#parts.push(this.#slab.subarray(this.#flushed, this.#filled));
    }
    this.#flushed = this.#filled;
  }

  #begin(room: number): void {
    this.#flush();
    const wanted = Math.min(SLAB_BYTES_MAX, Math.max(SLAB_BYTES_MIN, this.bytes));
    this.#slab = Buffer.allocUnsafe(Math.max(wanted, room));
    this.#filled = 0;
    this.#flushed = 0;
  }
}
