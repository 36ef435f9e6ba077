import {
  BLOCK_BYTES_MAX,
  type BlockStore,
  type BlockToPut,
  type DiskCallback,
  DiskError,
} from "../../ports/index.ts";
import { BlockCompactor } from "./block-compactor.ts";
import { type BlockFiles, openNodeFiles } from "./block-files.ts";
import type { BlockLog } from "./block-group.ts";
import { BlockHandles } from "./block-handles.ts";
import { BlockIndex, type SegmentState } from "./block-index.ts";
import { type BlockDamage, type OpenedSegments, openSegments } from "./block-open.ts";
import { BlockWriter } from "./block-writer.ts";
import { closedError, diskError, later } from "./disk-errors.ts";
import {
  BLOCK_KEY_BYTES_MAX,
  BLOCK_READS_AGAIN,
  BLOCK_READS_MAX,
  DAMAGE_REPORTS_MAX,
  SEGMENT_BYTES,
} from "./limits.ts";
import { blockOfRecord, type SegmentRecord } from "./segment-format.ts";
import { segmentName } from "./segment-hint.ts";
import { WholeWriter } from "./whole-writer.ts";

/** How a block store is opened; everything has a default. */
export interface BlockStoreOptions {
  /** Size at which the next segment file begins. */
  readonly segmentBytes?: number;
  /** Another file layer, for tests that spoil it. */
  readonly files?: BlockFiles;
  /** Hears of every damaged place as it is found. */
  readonly onDamage?: (damage: BlockDamage) => void;
}

/** A `BlockStore` in files, which must be closed. */
export interface NodeBlockStore extends BlockStore {
  /** Damaged places found since opening, at most `DAMAGE_REPORTS_MAX`. */
  damage(): readonly BlockDamage[];
  /** Waits until no segment is being compacted. */
  idle(): Promise<void>;
  /** Finishes what was asked for; later calls answer DiskError("closed"). */
  close(): Promise<void>;
}

interface Read {
  readonly key: string;
  readonly done: DiskCallback<Uint8Array | null>;
}

class SegmentedBlockStore implements NodeBlockStore {
  readonly #index: BlockIndex;
  readonly #handles: BlockHandles;
  readonly #writer: BlockLog;
  readonly #compactor: BlockCompactor;
  readonly #prepare: () => Promise<void>;
  readonly #note: (damage: BlockDamage) => void;
  readonly #damage: readonly BlockDamage[];
  readonly #reads: Read[] = [];
  #reading = 0;
  #onReadsDone: (() => void) | undefined;
  #closed = false;

  constructor(
    files: BlockFiles,
    index: BlockIndex,
    opened: OpenedSegments,
    segmentBytes: number,
    reports: { readonly list: readonly BlockDamage[]; readonly note: (d: BlockDamage) => void },
  ) {
    const handles = new BlockHandles(files);
    const { segments, salt } = opened;
    this.#index = index;
    this.#handles = handles;
    this.#damage = reports.list;
    this.#note = reports.note;
    const onWritten = (): void => this.#compactor.consider();
    const shared = { files, handles, index, segments };
    const { whole } = files;
    if (whole === undefined) {
      const writer = new BlockWriter({ ...shared, salt, segmentBytes, onWritten }, opened.active);
      this.#writer = writer;
      this.#prepare = () => writer.makeReserve();
    } else {
      this.#writer = new WholeWriter({ ...shared, whole, salt, onWritten });
      this.#prepare = async () => undefined;
    }
    this.#compactor = new BlockCompactor({
      ...shared,
      writer: this.#writer,
      onDamage: (segment, record) => this.#spoiled(segment, record),
    });
  }

  async start(): Promise<void> {
    await this.#prepare();
    this.#compactor.consider();
  }

  put(
    key: string,
    block: Uint8Array,
    done: (error: DiskError | null) => void,
    leaf?: Uint8Array,
  ): void {
    const refusal = this.#closed ? closedError("The block store") : checkSizes(key, block);
    if (refusal !== null) {
      later(() => done(refusal));
      return;
    }
    this.#writer.push({ kind: "put", key, block, leaf }, (error) => later(() => done(error)));
  }

  putAll(blocks: readonly BlockToPut[], done: (error: DiskError | null) => void): void {
    for (const { key, block } of blocks) {
      const refusal = this.#closed ? closedError("The block store") : checkSizes(key, block);
      if (refusal === null) continue;
      later(() => done(refusal));
      return;
    }
    if (this.#writer.pushAll?.(blocks, (error) => later(() => done(error)))) return;
    let failure: DiskError | null = null;
    let left = blocks.length;
    const answered = (error: DiskError | null): void => {
      failure ??= error;
      left--;
      if (left <= 0) later(() => done(failure));
    };
    for (const { key, block, leaf } of blocks) {
      // Not slice(): that of a Buffer is no copy.
      const change = { kind: "put", key, block: new Uint8Array(block), leaf: leaf?.() } as const;
      this.#writer.push(change, answered);
    }
    if (blocks.length === 0) answered(null);
  }

  get(key: string, done: DiskCallback<Uint8Array | null>): void {
    if (this.#closed) {
      later(() => done(closedError("The block store"), null));
      return;
    }
    this.#reads.push({ key, done });
    this.#pump();
  }

  remove(keys: readonly string[], done: (error: DiskError | null) => void): void {
    if (this.#closed) {
      later(() => done(closedError("The block store")));
      return;
    }
    this.#writer.push({ kind: "remove", keys: [...keys] }, (error) => later(() => done(error)));
  }

  has(key: string): boolean {
    return this.#index.has(key);
  }

  keys(prefix: string): Iterable<string> {
    return this.#index.keys(prefix);
  }

  usedBytes(): number {
    return this.#index.usedBytes;
  }

  damage(): readonly BlockDamage[] {
    return [...this.#damage];
  }

  async idle(): Promise<void> {
    await this.#compactor.idle();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#reading > 0) {
      await new Promise<void>((resolve) => {
        this.#onReadsDone = resolve;
      });
    }
    await this.#compactor.stop();
    await this.#writer.close();
    await this.#handles.close();
  }

  #pump(): void {
    while (this.#reading < BLOCK_READS_MAX) {
      const read = this.#reads.shift();
      if (read === undefined) return;
      this.#reading++;
      void this.#read(read.key)
        .then(
          (block) => later(() => read.done(null, block)),
          (error: unknown) => later(() => read.done(diskError(error, "a block"), null)),
        )
        .then(() => {
          this.#reading--;
          this.#pump();
          if (this.#reading === 0) this.#onReadsDone?.();
        });
    }
  }

  async #read(key: string): Promise<Uint8Array | null> {
    for (let again = 0; ; ) {
      const location = this.#index.find(key);
      if (location === undefined) return null;
      const { segment, record } = location;
      const bytes = new Uint8Array(record.totalBytes);
      try {
        await this.#handles.use(segment.number, (file) => file.read(bytes, record.offset));
      } catch (error) {
        // Compaction may have moved it meanwhile; only where it still should be is it an error.
        if (this.#index.isAt(key, location)) throw error;
        continue;
      }
      const block = blockOfRecord(segment.salt, bytes, record);
      if (block !== undefined) return block;
      if (!this.#index.isAt(key, location)) continue;
      // What a network garbled is whole the next time; what is damaged stays so.
      if (again++ < BLOCK_READS_AGAIN) continue;
      this.#spoiled(segment, record);
      return null;
    }
  }

  #spoiled(segment: SegmentState, record: SegmentRecord): void {
    if (record.kind === "put") this.#index.drop(record.key);
    this.#note({
      segment: segmentName(segment.number),
      offset: record.offset,
      kind: "damaged",
      detail: `The block ${record.key} is damaged.`,
    });
  }
}

function checkSizes(key: string, block: Uint8Array): DiskError | null {
  if (block.length > BLOCK_BYTES_MAX) {
    return new DiskError("io", `A block has at most ${BLOCK_BYTES_MAX} bytes.`);
  }
  // A character has at most three bytes in UTF-8: few keys need to be looked at.
  const isShort = key.length * 3 <= BLOCK_KEY_BYTES_MAX;
  if (!isShort && Buffer.byteLength(key) > BLOCK_KEY_BYTES_MAX) {
    return new DiskError("io", `A block's key has at most ${BLOCK_KEY_BYTES_MAX} bytes.`);
  }
  return null;
}

/**
 * Opens (or begins) a block store in a directory. What a crash left unfinished is cut off, damage
 * is reported and costs only what it hit. One process at a time: `openHome` sees to that.
 * @throws DiskError "corrupt" where a newer Peernet wrote there; "full" or "io"
 */
export async function openBlockStore(
  directory: string,
  options: BlockStoreOptions = {},
): Promise<NodeBlockStore> {
  const list: BlockDamage[] = [];
  const note = (damage: BlockDamage): void => {
    if (list.length < DAMAGE_REPORTS_MAX) list.push(damage);
    options.onDamage?.(damage);
  };
  try {
    const files = options.files ?? (await openNodeFiles(directory));
    const index = new BlockIndex();
    const opened = await openSegments(files, index, note);
    const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    const store = new SegmentedBlockStore(files, index, opened, segmentBytes, { list, note });
    await store.start();
    return store;
  } catch (error) {
    throw diskError(error, `the blocks in ${directory}`);
  }
}
