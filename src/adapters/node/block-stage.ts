import type { BlockToPut, DiskError } from "../../ports/index.ts";
import { ALIGN_BYTES, AlignedMemory } from "./block-direct.ts";
import { hashEach } from "./hash-each.ts";
import { BLOCK_GROUP_BYTES } from "./limits.ts";
import {
  layRecordHead,
  RECORD_HEADER_BYTES,
  type SegmentRecord,
  writeRecordChecks,
} from "./segment-format.ts";

/** The memory of a store's stages: one is filled while another one is written. */
export function stageMemory(): AlignedMemory {
  return new AlignedMemory(ALIGN_BYTES + BLOCK_GROUP_BYTES, 2);
}

/** Bytes that a block and what precedes it take at most. */
export function stagedBytesMax({ key, block }: BlockToPut): number {
  return RECORD_HEADER_BYTES + key.length * 3 + block.length;
}

/**
 * Records of blocks that were put together, laid out one after another as soon as they come, in
 * memory that a direct write takes as it is: every block is copied once.
 */
export class BlockStage {
  /** With offsets counted from the first record. */
  readonly records: SegmentRecord[] = [];
  /** Who is told once the records are durable, or why they are not. */
  readonly waiting: ((error: DiskError | null) => void)[] = [];
  readonly memory: Uint8Array;
  readonly #view: Buffer;
  readonly #salt: Uint8Array;
  /** Where the first record begins: as far behind the begin of a sector as it will in its file. */
  #lead: number;
  /** Of how many records the checks are written. */
  #checked = 0;
  /** Length of all records. */
  bytes = 0;

  /**
   * @param memory of `stageMemory`
   * @param position where in its file the first record will probably be
   */
  constructor(memory: Uint8Array, salt: Uint8Array, position: number) {
    this.memory = memory;
    this.#view = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#salt = salt;
    this.#lead = position % ALIGN_BYTES;
  }

  /** Whether a record of so many bytes has room. */
  hasRoom(bytes: number): boolean {
    return this.bytes + bytes <= BLOCK_GROUP_BYTES;
  }

  /** Lays down the record of a block for which there is room. */
  add({ key, block, leaf: leafOf }: BlockToPut): void {
    const leaf = leafOf?.();
    const at = this.#lead + this.bytes;
    const headBytes = layRecordHead(this.#view, at, { kind: "put", key, block, leaf });
    this.#view.set(block, at + headBytes);
    const totalBytes = headBytes + block.length;
    const blockBytes = block.length;
    this.records.push({ kind: "put", key, offset: this.bytes, blockBytes, totalBytes });
    this.bytes += totalBytes;
  }

  /** Where in its file it will end, if it begins where it should. */
  get endsAt(): number {
    return this.#lead + this.bytes;
  }

  /** Where in its file the first record will be: elsewhere it could not be written as it lies. */
  moveTo(position: number): void {
    const lead = position % ALIGN_BYTES;
    if (lead === this.#lead) return;
    this.memory.copyWithin(lead, this.#lead, this.#lead + this.bytes);
    this.#lead = lead;
  }

  /** What to write, in order. */
  get parts(): readonly Uint8Array[] {
    const places: number[] = [];
    for (let i = this.#checked; i < this.records.length; i++) {
      places.push(this.#lead + (this.records[i]?.offset ?? 0));
    }
    writeRecordChecks(this.#view, places, this.#salt, hashEach);
    this.#checked = this.records.length;
    return [this.memory.subarray(this.#lead, this.#lead + this.bytes)];
  }
}
